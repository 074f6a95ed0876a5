"""Inputs that were read wrong once: the smallest of each kind, with what is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from definitions.fields.display import diff_lines
from definitions.fields.errors import FieldError
from definitions.fields.packages import parse_upgradable
from definitions.fields.patch import Patch, Person, Trailer, parse_patch

DATA = Path(__file__).with_name("data") / "wrong"
ANA = Person("Ana Vzor", "ana@example.org")


def read(start: str) -> bytes:
    (path,) = DATA.glob(f"{start}*")
    return path.read_bytes()


def only(start: str) -> Patch:
    (patch,) = parse_patch(read(start)).patches
    return patch


def refusal(start: str) -> FieldError:
    with pytest.raises(FieldError) as refused:
        parse_patch(read(start))
    return refused.value


def counts(patch: Patch) -> list[tuple[str | None, int, int]]:
    return [(file.new_path, file.added, file.removed) for file in patch.files]


def test_a_path_that_is_quoted_and_holds_a_blank() -> None:
    assert counts(only("01")) == [("docs/Über uns.md", 1, 0)]


def test_a_blank_line_ends_a_trailer() -> None:
    assert only("02a").co_authors == (ANA,)
    assert only("02b").signed_off_by == (ANA,)


def test_an_indented_key_goes_on_with_nothing() -> None:
    patch = only("03a")
    assert patch.co_authors == (ANA,)
    assert patch.signed_off_by == (Person("Ben Vzor", "ben@example.org"),)
    assert patch.trailers == ()
    assert parse_patch(read("03a")).addresses() == {"ana@example.org": ("Ana Vzor",)}


def test_the_address_of_a_program() -> None:
    address = "12345678+helper[bot]@users.noreply.github.com"
    assert only("04a").author == Person("helper[bot]", address)


def test_authors_under_other_keys() -> None:
    names = ("ana", "ben", "cyr", "dag", "eva", "fia")
    assert list(parse_patch(read("05")).addresses()) == [f"{name}@example.org" for name in names]


def test_a_hunk_without_a_change() -> None:
    error = refusal("06")
    assert "changes nothing" in error.sentence
    assert "--word-diff" in error.remedy


def test_blank_lines_without_their_blank() -> None:
    assert counts(only("07")) == [("b.txt", 1, 1)]
    (file,) = diff_lines(read("07"))
    assert [line.text for line in file.hunks[0].lines] == ["one", "", "two", "TWO", "", "three"]


def test_a_series_whose_commits_are_all_zero() -> None:
    patches = parse_patch(read("08")).patches
    assert [patch.subject for patch in patches] == ["first", "second"]
    assert [file.number for file in diff_lines(read("08"))] == [1, 2]


def test_a_subject_of_several_lines() -> None:
    assert only("09").subject == "First line second line of the subject"


def test_a_handle_in_a_name() -> None:
    assert only("10a").author == Person("Ana Vzor (@anavzor)", "ana@example.org")


def test_trailers_beside_what_git_wrote_of_a_cherry_pick() -> None:
    patch = only("11")
    assert patch.trailers == (Trailer("Link", "https://example.org/1"),)
    assert patch.signed_off_by == (ANA,)


@pytest.mark.parametrize(
    ("start", "sentence", "remedy"),
    [
        ("12", "text in UTF-16", "-o ."),
        ("13", "mailbox of a mail program", "git format-patch -1"),
        ("14", "as a/… and b/…", "diff.noprefix"),
    ],
)
def test_the_cause_is_said_with_what_helps(start: str, sentence: str, remedy: str) -> None:
    error = refusal(start)
    assert sentence in error.sentence
    assert remedy in error.remedy


def test_a_person_in_parentheses() -> None:
    assert only("15").authors == (ANA,)


@pytest.mark.parametrize("start", ["apt-1", "apt-3", "apt-4"])
def test_lists_of_apt(start: str) -> None:
    (package,) = parse_upgradable(read(start).decode())
    assert (package.name, package.old, package.new, package.origins) == {
        "apt-1": ("bash", "5.2-1", "5.2-2", ("stable",)),
        "apt-3": ("vzor-tool", "1.0-1", "1.0-1", ("stable",)),
        "apt-4": ("vzor-tool", "1.0-1", "1.0-2", ("./",)),
    }[start]
