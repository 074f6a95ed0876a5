"""Patches as `git format-patch` makes them: what is read, and that nothing is lost."""

from __future__ import annotations

import base64
import os
import quopri
import subprocess
from pathlib import Path

import pytest

from definitions.canonical import digest
from definitions.fields.errors import FieldError
from definitions.fields.patch import Patch, PatchSet, Person, Series, Trailer, parse_patch
from tests.support.work import grows_with_the_size, work_of

DATA = Path(__file__).with_name("data")
ADA = Person("Ada Example", "ada@example.org")
BO = Person("Bo Example", "bo@example.org")
CY = Person("Cy, of Example", "cy@example.org")


def data(name: str) -> bytes:
    return (DATA / name).read_bytes()


def only(name: str) -> Patch:
    (patch,) = parse_patch(data(name)).patches
    return patch


def test_a_patch_with_everything_in_its_message() -> None:
    patch = only("one.patch")
    assert patch.commit == data("one.patch")[5:45].decode()
    assert (patch.subject, patch.series) == ("Greet more politely", None)
    assert patch.message.startswith("The old greeting was short.\nFrom now on it is long.")
    assert patch.author == ADA
    assert (patch.authors, patch.committers) == ((ADA,), ())
    assert patch.co_authors == (BO, CY)
    assert patch.signed_off_by == (Person("Dana Example", "dana@example.org"),)
    assert patch.trailers == (
        Trailer("Reviewed-by", "Emil Example <emil@example.org>"),
        Trailer("Fixes", "#12"),
    )
    assert patch.date == "2026-11-20T10:00:00+01:00"
    (file,) = patch.files
    assert (file.old_path, file.new_path, file.change) == ("greet.py", "greet.py", "modified")
    assert (file.added, file.removed, file.binary) == (1, 2, False)


def test_a_sign_off_makes_nobody_an_author() -> None:
    assert parse_patch(data("one.patch")).addresses() == {
        "ada@example.org": ("Ada Example",),
        "bo@example.org": ("Bo Example",),
        "cy@example.org": ("Cy, of Example",),
    }


def test_no_statistics_and_no_signature_change_nothing() -> None:
    assert only("bare.patch") == only("one.patch")


def test_the_sender_and_the_author_in_the_body_are_both_authors() -> None:
    patch = only("sent-by-another.patch")
    assert patch.authors == (ADA, Person("Sam Sender", "sam@example.org"))
    assert "sam@example.org" in parse_patch(data("sent-by-another.patch")).addresses()
    assert patch.message == only("one.patch").message


def test_encoded_words_are_decoded() -> None:
    patch = only("encoded.patch")
    assert patch.author == Person("Zoë Ünïversal", "zoe@example.org")
    assert patch.subject.startswith("Ändere die Notizen: ein sehr langer Betreff, der über")
    assert patch.subject.endswith("damit gefaltet wird")
    assert patch.message == "Größe."


def test_a_name_that_git_quotes() -> None:
    assert only("quoted-name.patch").author == Person("Doe, J. (jd)", "ada@example.org")


def test_a_series_with_every_kind_of_change() -> None:
    found = parse_patch(data("series.mbox"))
    assert [p.series for p in found.patches] == [Series(n, 9, None) for n in range(1, 10)]
    changes = {
        (patch.series.number, file.old_path, file.new_path): (file.change, file.binary)
        for patch in found.patches
        for file in patch.files
        if patch.series
    }
    assert changes == {
        (1, "greet.py", "greet.py"): ("modified", False),
        (2, "notes", "notes"): ("modified", False),
        (3, "long", "long name"): ("renamed", False),
        (4, "long name", "long name"): ("mode", False),
        (5, None, "b.bin"): ("added", True),
        (6, "b.bin", "b.bin"): ("binary", True),
        (6, None, "empty"): ("added", False),
        (7, "b.bin", None): ("deleted", True),
        (7, "long name", "copied"): ("copied", False),
        (7, "long name", "long name"): ("modified", False),
        (7, None, 'tab⟨U+0009⟩q"ü'): ("added", False),
        (8, None, "link"): ("added", False),
        (8, 'tab⟨U+0009⟩q"ü', "plain"): ("renamed", False),
        (9, "link", None): ("deleted", False),
        (9, None, "link"): ("added", False),
    }
    mode = found.patches[3].files[0]
    assert (mode.old_mode, mode.new_mode) == ("100755", "100644")
    assert (found.files, found.added, found.removed) == (15, 8, 4)


def test_binary_content_that_was_left_out_is_binary_too() -> None:
    assert [(f.change, f.binary) for f in only("no-binary.patch").files] == [("added", True)]


def test_binary_content_without_the_way_back_is_taken() -> None:
    raw = data("series.mbox")
    start = raw.index(b"literal 0\n")
    assert raw[start:].startswith(b"literal 0\nHcmV?d00001\n\n")
    shorter = raw[:start] + raw[start:].replace(b"literal 0\nHcmV?d00001\n\n", b"", 1)
    assert parse_patch(shorter) == parse_patch(raw)


def test_a_last_line_that_gets_its_newline() -> None:
    (file,) = only("newline-added.patch").files
    assert (file.added, file.removed) == (2, 1)


def test_paths_that_are_quoted_less() -> None:
    assert only("unquoted-path.patch").files[1].old_path == 'tab⟨U+0009⟩q"ü'


@pytest.mark.parametrize("name", ["one.patch", "series.mbox", "sent-by-another.patch"])
def test_json_and_back(name: str) -> None:
    found = parse_patch(data(name))
    kept = found.to_json()
    assert PatchSet.from_json(kept) == found
    assert digest(kept) == digest(PatchSet.from_json(kept).to_json())
    for wrong in ({}, {"patches": 1}, kept | {"more": 1}, [], float("nan"), object()):
        with pytest.raises(FieldError):
            PatchSet.from_json(wrong)


@pytest.mark.parametrize("name", ["one.patch", "series.mbox"])
def test_line_ends_of_a_mail_program(name: str) -> None:
    lf = data(name).replace(b"\r\n", b"\n")
    assert parse_patch(lf.replace(b"\n", b"\r\n")) == parse_patch(lf)


@pytest.mark.parametrize("crlf", [False, True])
@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit", "BINARY"])
def test_transfer_encodings_are_undone(encoding: str, *, crlf: bool) -> None:
    head, _, body = data("one.patch").partition(b"\n\n")
    if crlf and encoding == "base64":
        body = body.replace(b"\n", b"\r\n")
    if encoding == "base64":
        body = base64.encodebytes(body)
    elif encoding == "quoted-printable":
        body = quopri.encodestring(body)
    head += f"\nContent-Transfer-Encoding: {encoding}\nContent-Type: text/plain".encode()
    assert parse_patch(head + b"\n\n" + body) == parse_patch(data("one.patch"))


@pytest.mark.parametrize("charset", ["UTF-8", '"utf-8"', "us-ascii", "iso-8859-1"])
def test_the_message_is_read_in_its_charset(charset: str) -> None:
    name = charset.strip('"')
    text = "Größe".encode(name, "ignore")
    raw = data("encoded.patch").replace("Größe".encode(), text)
    raw = raw.replace(b"charset=UTF-8", f"charset={charset}; format=fixed".encode())
    (patch,) = parse_patch(raw).patches
    assert patch.message == text.decode(name) + "."


def test_hidden_characters_are_kept_visible() -> None:
    raw = data("one.patch").replace(b"The old", "The \u202eold".encode())
    raw = raw.replace(b"Fixes: #12", "Fixes: #1\u200b2".encode())
    raw = raw.replace(b"[PATCH] Greet", b"[RFC PATCH x v2 3/12] =?utf-8?q?a=0Ab?= Greet")
    (patch,) = parse_patch(raw).patches
    assert patch.message.startswith("The ⟨U+202E⟩old")
    assert patch.trailers[-1] == Trailer("Fixes", "#1⟨U+200B⟩2")
    assert patch.subject == "a⟨U+000A⟩b Greet more politely"
    assert patch.series == Series(3, 12, 2)


def test_headers_at_the_start_of_the_message_win_as_they_do_in_git() -> None:
    raw = data("one.patch").replace(
        b"\n\nThe old",
        b"\n\n\nDate: Sat, 21 Nov 2026 01:02:03 -0330\nSubject: another\n thing\n"
        b"From: =?utf-8?q?Zo=C3=AB?=\n <zoe@example.org>\nFrom: ada@example.org\n\nThe old",
    )
    (patch,) = parse_patch(raw).patches
    assert (patch.subject, patch.date) == ("another thing", "2026-11-21T01:02:03-03:30")
    assert patch.author == Person("Zoë", "zoe@example.org")
    assert set(parse_patch(raw).addresses()["ada@example.org"]) == {"Ada Example"}
    assert patch.message.startswith("From: ada@example.org\n\nThe old")


def test_trailers_are_a_last_paragraph_that_git_takes_for_some() -> None:
    raw = data("one.patch")
    folded = raw.replace(b"Fixes: #12", b"Fixes: #12\n and #13")
    assert parse_patch(folded).patches[0].trailers[-1] == Trailer("Fixes", "#12 and #13")
    reviewed = Trailer("Reviewed-by", "Emil Example <emil@example.org>")
    # With a sign-off among them git passes over three times as many lines that are none.
    for more, trailers in ((1, (reviewed,)), (12, (reviewed,)), (13, ())):
        longer = raw.replace(b"Fixes: #12", b"\n".join([b"and more"] * more))
        assert parse_patch(longer).patches[0].trailers == trailers
    unsigned = raw.replace(b"Signed-off-by: Dana Example <dana@example.org>\n", b"")
    assert parse_patch(unsigned.replace(b"Fixes: #12", b"and more")).patches[0].trailers == ()


def test_one_made_live_by_git(tmp_path: Path) -> None:
    person = {"NAME": "Ada Example", "EMAIL": "ada@example.org", "DATE": "2026-11-20T10:00:00Z"}
    names = {f"GIT_{who}_{k}": v for who in ("AUTHOR", "COMMITTER") for k, v in person.items()}
    env = os.environ | names | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}

    def git(*arguments: str) -> bytes:
        done = subprocess.run(
            ["git", *arguments], cwd=tmp_path, env=env, check=True, capture_output=True
        )
        return done.stdout

    git("init", "--quiet", ".")
    (tmp_path / "added").write_text("one\ntwo\n", encoding="utf-8")
    git("add", "added")
    git("commit", "--quiet", "--message=Add", "--message=Co-authored-by: Bo <bo@example.org>")
    found = parse_patch(git("format-patch", "-1", "--root", "--stdout"))
    assert found.addresses() == {"ada@example.org": ("Ada Example",), "bo@example.org": ("Bo",)}
    assert found.patches[0].commit == git("rev-parse", "HEAD").decode().strip()
    assert (found.files, found.added, found.removed) == (1, 2, 0)


def big_patch(line: bytes, lines: int) -> bytes:
    head, _, _ = data("one.patch").partition(b"diff --git")
    diff = b"diff --git a/big b/big\nnew file mode 100644\n--- /dev/null\n+++ b/big\n"
    return head + diff + b"@@ -0,0 +1,%d @@\n" % lines + line * lines + b"-- \n2.39.5\n\n"


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        (b"+aaaaaaaaaaaaaaaaaaaaaaaa\n", 39_000),
        (b"+" + "ü\u202e".encode() * 3_000 + b"\n", 60),
    ],
)
def test_a_megabyte_is_read_with_work_that_grows_with_its_size(line: bytes, lines: int) -> None:
    raw = big_patch(line, lines)
    assert 850_000 < len(raw) <= 1024 * 1024
    assert parse_patch(raw).added == lines

    def work(size: int) -> int:
        part = big_patch(line, size)
        return work_of(lambda: parse_patch(part))

    grows_with_the_size(work, lines // 4)
