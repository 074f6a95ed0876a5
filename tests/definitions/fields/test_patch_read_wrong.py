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


ONE = (DATA.parent / "one.patch").read_bytes()
BODY = b"The old greeting was short."
FROM = b"From: Ada Example <Ada@Example.org>"
THE_OTHERS = {"ada@example.org", "bo@example.org", "cy@example.org"}


def with_line(line: str) -> set[str]:
    assert BODY in ONE
    return set(parse_patch(ONE.replace(BODY, line.encode())).addresses()) - THE_OTHERS


@pytest.mark.parametrize(
    "line",
    [
        "Patch by: Eve <eve@example.org>",
        "Patch-by: eve@example.org",
        "Patch by Eve <eve@example.org>.",
        "Patch by eve@example.org",
        "Based on a patch by Eve Vzor <eve@example.org>, with changes.",
        "This was written by Eve <eve@example.org>",
        "Reported-and-written-by: Eve <eve@example.org>",
        "Reviewed-and-rewritten-by: Eve <eve@example.org>",
        "Reported-and-fixed-by: Eve <eve@example.org>",
        "Initially-implemented-by: Eve <eve@example.org>",
        "First-version-by: Eve <eve@example.org>",
        "Suggested-and-developed-by: Eve <eve@example.org>",
        "Helped-by: Eve <eve@example.org>",
        "Helped-by: eve@example.org",
        "Idea-from: Eve <eve@example.org>",
        "Autor: Eve <eve@example.org>",
        "Thanks to Eve <eve@example.org> for everything",
        "[eve@example.org: made it simpler]",
        "[Eve <eve@example.org>: made it simpler]",
        "(From: Eve <eve@example.org>)",
        "[Authored by Eve <eve@example.org>]",
        "On Monday, Eve <eve@example.org> wrote:",
        "    Implemented-by: Eve\n <eve@example.org>",
        "Patch by: Eve <eve@example.org>\n  and this is a remark",
        "Patch by: Eve\n\t<eve@example.org>\n  and this is a remark",
        "Reviewed-by: Fia <fia@example.org>\n  Patch by: Eve <eve@example.org>",
        "Reviewed-by: Fia <fia@example.org>, who wrote it with Eve <eve@example.org>",
        "Tested-by: Fia <fia@example.org>; Written-by: Eve <eve@example.org>",
        "Reviewed by Fia <fia@example.org> and written by eve@example.org",
        "Signed-off-by: Fia <fia@example.org> (from a patch by Eve <eve@example.org>)",
        "The author is Eve <eve@example.org>. Reviewed-by: me",
        "Signed-off-by: Eve <eve@example.org>\nWritten-by: Eve <eve@example.org>",
        "Reviewed-by: Eve <eve@example.org>\nHelped-by: Eve <eve@example.org>",
    ],
)
def test_who_may_have_written_it_is_asked_about(line: str) -> None:
    assert with_line(line) == {"eve@example.org"}


@pytest.mark.parametrize(
    "line",
    [
        "Reviewed-by: Eve <eve@example.org>",
        "Reviewed by Eve <eve@example.org>",
        "Reviewed-by: Eve\n <eve@example.org>",
        "  Reviewed-by: Eve\n <eve@example.org>",
        "Tested-by: Eve <eve@example.org> # on arm64",
        "Reported-and-tested-by: Eve <eve@example.org>",
        "Acked-by: Eve <eve@example.org>",
        "Signed-off-by: Eve <eve@example.org>",
        "Cc: Eve <eve@example.org>",
        "Link: https://example.org/<1.eve@example.org>",
        "Message-ID: <1.eve@example.org>",
        "Fix-up of a thing: it fails at git@example.org:eve.git",
        "It says eve@example.org in the log.",
        "Implemented-by: Eve (@eve)",
        "Co-authored-by: Ada <ada@example.org>\n    Reviewed-by: Eve <eve@example.org>",
    ],
)
def test_who_did_something_else_is_no_author(line: str) -> None:
    assert with_line(line) == set()


@pytest.mark.parametrize(
    ("value", "name", "address"),
    [
        ('"Ana (Vzor Ltd)" <ana@example.org>', "Ana (Vzor Ltd)", "ana@example.org"),
        ("Ana (Vzor Ltd) <ana@example.org>", "Ana (Vzor Ltd)", "ana@example.org"),
        ('"Ana @ana" <ana@example.org>', "Ana @ana", "ana@example.org"),
        ('"Ana (@ana@social.example)" <ana@example.org>', "Ana (@ana@social.example)",
         "ana@example.org"),
        ("Ana <1+ana@users.noreply.example.org>", "Ana", "1+ana@users.noreply.example.org"),
        ("Ana <ana@my_host.example.org>", "Ana", "ana@my_host.example.org"),
        ("Ana <root@box.(none)>", "Ana", "root@box.(none)"),
        ("Ana <ana@xn--exmple-cua.org>", "Ana", "ana@xn--exmple-cua.org"),
        ("Ana <ana@ex\u00e4mple.org>", "Ana", "ana@xn--exmple-cua.org"),
        ("Ana <ana@Exa\u0308mple.org>", "Ana", "ana@xn--exmple-cua.org"),
        ('Ana <"ana..vzor"@example.org>', "Ana", '"ana..vzor"@example.org'),
        ("علی\u200cرضا <ali@example.org>", "علی\u200cرضا", "ali@example.org"),  # noqa: RUF001
        ("क\u094d\u200dष <k@example.org>", "क\u094d\u200dष", "k@example.org"),
        ("Ana 👩\u200d💻 <ana@example.org>", "Ana 👩\u200d💻", "ana@example.org"),
    ],
)  # fmt: skip
def test_names_and_addresses_as_they_are(value: str, name: str, address: str) -> None:
    raw = ONE.replace(FROM, f"From: {value}".encode())
    assert parse_patch(raw).patches[0].author == Person(name, address)


@pytest.mark.parametrize(
    "value",
    ["A\u200cda <a@b.org>", "Ada\u200d <a@b.org>", "\u200dАда <a@b.org>", "A\u200dд <a@b>"],  # noqa: RUF001
)
def test_joiners_that_only_hide_are_refused(value: str) -> None:
    with pytest.raises(FieldError, match="hidden characters"):
        parse_patch(ONE.replace(FROM, f"From: {value}".encode()))


@pytest.mark.parametrize(
    "statistics",
    [
        " 1 file changed, 1 insertion(+), 2 deletions(-)",
        "1\t2\tgreet.py",
        ":100644 100644 6a9efd0 3d29a65 M\tgreet.py",
        " 100.0% docs/",
    ],
)
def test_statistics_without_a_line_before_them_hide_no_trailer(statistics: str) -> None:
    head, _, rest = ONE.partition(b"---\n greet.py")
    diff = rest.partition(b"\n\n")[2]
    (patch,) = parse_patch(head + f"\n{statistics}\n\n".encode() + diff).patches
    assert patch.trailers[-1] == Trailer("Fixes", "#12")
    assert statistics.strip() not in patch.message


@pytest.mark.parametrize(
    ("raw", "sentence", "remedy"),
    [
        (b"\xff\xfe" + ONE.decode().encode("utf-16-le"), "UTF-16", "-o ."),
        (ONE.decode().encode("utf-16-le"), "UTF-16", "-o ."),
        (ONE.decode().encode("utf-16-be"), "UTF-16", "-o ."),
        (b"\x1f\x8b\x08\x00" + bytes(99), "gzip", "Unpack"),
        (b"PK\x03\x04" + bytes(99), "zip", "Unpack"),
        (b"%PDF-1.7\n" + bytes(99), "PDF", "file itself"),
        (b"<!DOCTYPE html>\n<p>\0", "HTML", "`.patch`"),
        (bytes(257) + b"ustar\x00", "tar", "Unpack"),
        (b"From - Mon Nov  2 10:00:00 2026\nFrom: a@b\n", "mail program", "attached"),
        (b"From MAILER-DAEMON Mon Nov  2 10:00:00 2026\r\nFrom: a@b\r\n", "mail program", "att"),
        (b"Received: from x\n by y\nFrom: a@b\nSubject: x\n\nx\n", "doesn't start", "attached"),
        (b"# HG changeset patch\n", "Mercurial", "git format-patch -1"),
        (b"\n" + ONE, "doesn't start", "blank lines"),
    ],
)
def test_another_kind_of_file_is_named(raw: bytes, sentence: str, remedy: str) -> None:
    with pytest.raises(FieldError) as refused:
        parse_patch(raw)
    assert sentence in refused.value.sentence
    assert remedy in refused.value.remedy


def test_a_deletion_whose_lines_are_left_out_is_refused() -> None:
    head, _, rest = ONE.partition(b"index 6a9efd0..")
    heading = b"deleted file mode 100644\nindex 6a9efd0..0000000\n"
    with pytest.raises(FieldError, match="left out") as refused:
        parse_patch(head + heading + b"-- \n" + rest.partition(b"-- \n")[2])
    assert "--irreversible-delete" in refused.value.remedy
