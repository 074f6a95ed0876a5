"""Patches that want to hide an author, to confuse a reader, or to bring it down."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from definitions.fields.errors import FieldError
from definitions.fields.patch import PatchLimits, parse_patch

DATA = Path(__file__).with_name("data")
ONE = (DATA / "one.patch").read_bytes()
SERIES = (DATA / "series.mbox").read_bytes()
FROM = b"From: Ada Example <Ada@Example.org>"
BODY = b"The old greeting was short."
HEADING = b"diff --git a/greet.py b/greet.py"
SEPARATOR = ONE.partition(b"\n")[0]


def swap(old: bytes, new: bytes, raw: bytes = ONE) -> bytes:
    assert old in raw
    return raw.replace(old, new, 1)


def refused(raw: bytes, sentence: str = ".") -> FieldError:
    with pytest.raises(FieldError, match=sentence) as refusal:
        parse_patch(raw)
    assert refusal.value.sentence.endswith(".")
    assert refusal.value.remedy.endswith(".")
    return refusal.value


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "it is empty"),
        (b" \n\n", "it is empty"),
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"PK\x03\x04 and so on", "a zip archive"),
        (b"\n <!doctype html><p>From", "HTML"),
        (b"\xff\xfeF\x01", "UTF-16"),
        (b"\xef\xbb\xbf" + ONE, "byte order mark"),
        (b"hello", "doesn't start with git's"),
        (b"\n" + ONE, "doesn't start with git's"),
        (ONE.partition(b"\n")[2], "doesn't start with git's"),
        (swap(b"short", b"sh\0rt"), "NUL bytes"),
        (ONE.replace(b"\n", b"\r\n", 3), "mixed"),
        (SEPARATOR, "last line has no end"),
        (SEPARATOR + b"\n", "no From header"),
        (SEPARATOR + b"\n\n" + ONE, "no From header"),
    ],
)
def test_what_is_no_patch(raw: bytes, sentence: str) -> None:
    assert "This file isn't a patch made by git format-patch" in str(refused(raw, sentence))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("attached.patch", "isn't plain text"),
        ("cover-letter.patch", "mail 1 has no diff"),
        ("empty.patch", "mail 1 has no diff"),
        ("fuller.patch", "output of `git log`"),
        ("show.txt", "output of `git log`"),
        ("diff.txt", "bare diff"),
        ("no-prefix.patch", "as a/… and b/…"),
        ("apt-upgradable-debian12.txt", "doesn't start"),
    ],
)
def test_what_git_makes_otherwise(name: str, sentence: str) -> None:
    refused((DATA / name).read_bytes(), sentence)


AMBIGUOUS = (
    b"Ada Example",
    b"",
    b"<>",
    b"Ada <ada@example.org> <eve@example.org>",
    b"Ada <ada@example.org>, Eve <eve@example.org>",
    b"ada@example.org, eve@example.org",
    b"Ada (eve@example.org) <ada@example.org>",
    b"eve@example.org <ada@example.org>",
    b'"eve@example.org" <ada@example.org>',
    b"=?utf-8?q?eve=40example=2Eorg?= <ada@example.org>",
    b"=?utf-8?q?Eve_=3Ceve=40example=2Eorg=3E?= <ada@example.org>",
    b"=?utf-8?b?RXZlIDxldmVAZXhhbXBsZS5vcmc+?= <ada@example.org>",
    b"Ada <=?utf-8?q?eve?=@example.org>",
    b"=?utf-8?q?eve?=@example.org",
    b"=?utf-8?q?=E2=80=AE?= <ada@example.org>",
    b"=?utf-8?q?=E2=80=8B?= <ada@example.org>",
    b"=?utf-8?q?=00?= <ada@example.org>",
    b"=?utf-8?q?=zz?= <ada@example.org>",
    b"=?utf-8?q?=FF?= <ada@example.org>",
    b"=?utf-8?b?!!!?= <ada@example.org>",
    b"=?utf-7?q?a?= <ada@example.org>",
    b"=?utf-8?q?=3D=3Futf-8=3Fq=3Feve?= <ada@example.org>",
    "Ada <\u0430da@example.org>".encode(),
    "Ada <ada@ex\u200dmple.org>".encode(),
    "Ada <ada@fa\u00df.example>".encode(),
    "Ada <ada@example\u3002org>".encode(),
    "Ada <\u00e4da@ex\u00e4mple.org>".encode(),
    "Eve\uff20example.org <ada@example.org>".encode(),
    b"Ada <ada@@example.org>",
    b"Ada <.ada@example.org>",
    b"Ada <ada@-example.org>",
    b"Ada <ada @example.org>",
    b'Ada <"a b"@example.org>',
    b"Ada <ada@example.org> Eve",
    b"Ada\x1b <ada@example.org>",
    b"A" * 201 + b" <ada@example.org>",
    b"Ada <" + b"a" * 250 + b"@example.org>",
)
AMBIGUOUS_IN_HEADERS = (
    b"Team: Ada <ada@example.org>;",
    b"Team: Eve, Ada <ada@example.org>",
    b'"Ada" "Eve" <ada@example.org>',
    b"Ada \xff <ada@example.org>",
    b"Ada\r <ada@example.org>",
)


@pytest.mark.parametrize("value", AMBIGUOUS + AMBIGUOUS_IN_HEADERS)
def test_an_author_who_can_be_read_in_two_ways(value: bytes) -> None:
    refused(swap(FROM, b"From: " + value))


@pytest.mark.parametrize("value", AMBIGUOUS)
def test_an_author_in_the_message_who_can_be_read_in_two_ways(value: bytes) -> None:
    refused(swap(BODY, b"From: " + value + b"\n\nx"))


@pytest.mark.parametrize(
    ("headers", "sentence"),
    [
        (FROM + b"\nFrom: Eve <eve@example.org>", "two From headers"),
        (FROM + b"\nfrom: Eve <eve@example.org>", "two From headers"),
        (FROM + b"\nSubject: another", "two Subject headers"),
        (FROM + b"\n \nFrom: Eve <eve@example.org>", "a line of blanks"),
        (b" folded\n" + FROM, "a line of blanks"),
        (FROM + b"\nFrom : Eve <eve@example.org>", "isn't a header"),
        (b">" + FROM, "isn't a header"),
        (FROM + b"\nContent-Type: multipart/mixed; boundary=x", "isn't plain text"),
        (FROM + b"\nContent-Type: message/rfc822", "isn't plain text"),
        (FROM + b"\nContent-Type: text/html", "isn't plain text"),
        (FROM + b"\nContent-Type: text/plain; format=flowed", "isn't plain text"),
        (FROM + b"\nContent-Type: text/plain; charset=utf-16", "character set utf-16"),
        (FROM + b"\nContent-Type: text/plain; charset=utf-8; charset=utf-7", "two character"),
        (FROM + b"\nContent-Transfer-Encoding: uuencode", "transfer encoding"),
        (FROM + b"\nContent-Transfer-Encoding: base64", "base64 of mail 1 is broken"),
        (FROM + b"\nCommitter: nobody@", "isn't a plain e-mail address"),
        (FROM + b"\nX-Filler: " + b"\n x" * 30_000, "bytes of headers"),
        (FROM + b"\n\n" + FROM + b"\n" + SEPARATOR, "no Subject header"),
        (b"X-" + FROM, "no From header"),
    ],
)
def test_headers_that_git_would_read_in_another_way(headers: bytes, sentence: str) -> None:
    refused(swap(FROM, headers), sentence)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (b"Fri, 20 Nov 2026 10:00:00 +0100", b"yesterday", "dates can't be read"),
        (b"[PATCH] Greet", b"=?utf-8?q?=zz?=", "encoded word in it is broken"),
        (b"[PATCH] Greet", b"=?utf-8?q?=FF?=", "encoded word in it is broken"),
        (b"[PATCH] Greet", b"=?utf-8?b?QQ?=", "encoded word in it is broken"),
        (b"[PATCH] Greet", b"=?utf-8?q?a", "broken or hides another"),
        (b"20 Nov 2026", b"31 Nov 2026", "dates can't be read"),
        (b"20 Nov 2026", b"20 Xyz 2026", "dates can't be read"),
        (b"+0100", b"+9900", "dates can't be read"),
        (b"Subject: [PATCH] ", b"Subject: " + b"\n x" * 5_000, "a subject has more"),
        (BODY, b"x" * 20_001, "a line has 20001 bytes"),
    ],
)
def test_other_parts_of_the_mail(old: bytes, new: bytes, sentence: str) -> None:
    refused(swap(old, new), sentence)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (b"From eve@example.org Mon Sep 17 00:00:00 2001", "looks like the start of another"),
        (b"From " + b"0" * 39 + b" Mon Sep 17 00:00:00 2001", "looks like the start"),
        (SEPARATOR, "no diff"),
        (b"-- >8 -- cut here", "scissors"),
        (b"8< - - - - -", "scissors"),
        (b"--- a/greet.py", "could be taken for a diff"),
        (b"diff -u a b", "could be taken for a diff"),
        (b"Index: greet.py", "could be taken for a diff"),
        (b"---\n\n@@ -1 +1 @@", "could be taken for a diff"),
        (b"Co-authored-by: somebody", "isn't a plain e-mail address"),
        (b"Co-authored-by:", "isn't a plain e-mail address"),
        (b"Co-authored-by: Eve <eve@example.org> and others", "can't be read without doubt"),
        (b"Co-authored-by: Eve <eve", "can't be read without doubt"),
        (b"Co-authored-by: " + b"x" * 2_000, "can't be read without doubt"),
        ("From: eve\uff20example.org\n\nx".encode(), "isn't a plain e-mail address"),
        (b"From: a <a@example.org>, b <b@example.org>\n\nx", "several people"),
    ],
)
def test_messages_that_hide_somebody(line: bytes, sentence: str) -> None:
    refused(swap(BODY, line), sentence)


@pytest.mark.parametrize(
    "line",
    [
        "From: Eve <eve@example.org>",
        "text\n\nFrom: Eve <eve@example.org>",
        ">From 0 x\nFrom: eve@example.org",
        "[PATCH] x\n\n> > from: Eve <EVE@example.org>",
        "text\n---\nCo-authored-by: Eve <eve@example.org>",
        "\tCo-Authored-By : Eve <eve@example.org>",
        "* co-authored-by: eve@example.org",
        "Co-authored-by: Dana <dana@example.org>, Eve <eve@example.org>",
        "Co-authored-by: dana@example.org, eve@example.org",
        "Co-authored-by: Eve\n <eve@example.org>",
        "Co\u2011authored\u2011by\uff1a Eve <eve@example.org>",
        "\uff23o-auth\u200bored-by: Eve <eve@example.org>",
        "x\rCo-authored-by: Eve <eve@example.org>",
        "Co-developed-by: Eve <eve@example.org>",
        "Paired-with: Eve <eve@example.org>",
        "Author: Eve <eve@example.org>",
        "Commit:     Eve <eve@example.org>",
        " " * 900 + "Co-authored-by: Eve <eve@example.org>",
        "From: Eve <eve@example.org>\r",
    ],
)
def test_everybody_is_found_wherever_they_stand(line: str) -> None:
    found = parse_patch(swap(BODY, line.encode()))
    assert "eve@example.org" in found.addresses()
    assert "ada@example.org" in found.addresses()


@pytest.mark.parametrize(
    "name",
    [b"Sender", b"Committer", b"Commit", b"X-Git-Committer", b"X-Author", b"Resent-From",
     b"X-Original-From", b"Co-authored-by"],
)  # fmt: skip
def test_headers_name_people_too(name: bytes) -> None:
    found = parse_patch(swap(FROM, FROM + b"\n" + name + b": Eve <eve@example.org>"))
    assert found.addresses()["eve@example.org"] == ("Eve",)


def test_after_the_signature_people_are_found_too() -> None:
    assert "eve@example.org" in parse_patch(ONE + b"Co-authored-by: eve@example.org\n").addresses()


def test_prose_about_authors_names_nobody() -> None:
    text = b"From: the start\n\nx\nAuthor: unknown\nCommit: 0123abcd\nSigned-off-by: me"
    found = parse_patch(swap(BODY, b"x\n\n" + text + b"\nSigned-off-by: a@b@c"))
    assert set(found.addresses()) == {"ada@example.org", "bo@example.org", "cy@example.org"}


def test_arrows_and_dashes_are_no_scissors() -> None:
    assert parse_patch(swap(BODY, b"a list - of words that are far longer than >8 - see")).patches


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (b"@@ -1,6 +1,5 @@", b"@@ -1,7 +1,5 @@", "no place"),
        (b"@@ -1,6 +1,5 @@", b"@@ -1,5 +1,5 @@", "counts|no place"),
        (b"@@ -1,6 +1,5 @@", b"@@ -1,2 +1,5 @@", "counts of lines"),
        (b"@@ -1,6 +1,5 @@", b"@@ -0,0 +0,0 @@", "has no lines"),
        (b"@@ -1,6 +1,5 @@", b"@@ -1,6 +1,5", "heading is broken"),
        (b"@@ -1,6 +1,5 @@", b"@@ -1,6 +1,5 @@\n\\ No newline", "cut short"),
        (b"@@ -1,6 +1,5 @@", b"nothing", "has no hunks"),
        (b"\n \n", b"\n\n", "blanks were stripped"),
        (b"-- \n", b"garbage\n-- \n", "no place in a diff"),
        (b"-- \n", b"-- \ndiff --git a/x b/x\n", "more diff after the signature"),
        (b"--- a/greet.py", b"--- a/other.py", "don't agree"),
        (b"+++ b/greet.py", b"+++ /dev/null", "don't agree"),
        (b"+++ b/greet.py", b"@@ -1 +1 @@", "don't agree"),
        (HEADING, b"diff --git a/greet.py b/other.py", "as a/… and b/…"),
        (HEADING, b"diff --git a/greet b/greet", "don't agree"),
        (HEADING, b"diff --git a//etc/passwd b//etc/passwd", "leads out of the tree"),
        (HEADING, b"diff --git a/../x b/../x", "leads out of the tree"),
        (HEADING, b"diff --git a/x/.GIT/hooks b/x/.GIT/hooks", "leads out of the tree"),
        (HEADING, b'diff --git "a/\\000" "b/\\000"', "leads out of the tree"),
        (HEADING, b"diff --git a/GIT~1/config b/GIT~1/config", "leads out of the tree"),
        (HEADING, b"diff --git a/.git./config b/.git./config", "leads out of the tree"),
        (HEADING, b"diff --git a/.git:x b/.git:x", "leads out of the tree"),
        (
            HEADING,
            "diff --git a/.gi\u200ct/x b/.gi\u200ct/x".encode(),
            "leads out of the tree",
        ),
        (HEADING, b'diff --git "a/x\\\\.git\\\\y" "b/x\\\\.git\\\\y"', "leads out of the tree"),
        (HEADING, b'diff --git a/"x b/"x', "isn't quoted"),
        (HEADING, b"diff --git a/x\r b/x\r", "isn't quoted"),
        (HEADING, HEADING + b"\nrename from greet.py", "half there"),
        (HEADING, HEADING + b"\nrename from greet.py\ncopy to greet.py", "half there"),
        (HEADING, HEADING + b"\nrename from greet.py\nrename from x", "says something twice"),
        (HEADING, HEADING + b"\nrename from x\nrename to greet.py", "two different paths"),
        (HEADING, HEADING + b"\nold mode 100644", "half there"),
        (HEADING, HEADING + b"\nnew file mode 100644", "don't agree"),
        (HEADING, HEADING + b"\nnew file mode 100644\ndeleted file mode 100644", "contradicts"),
        (HEADING, HEADING + b"\nindex 0123..4567\n-- \n", "changes nothing"),
        (HEADING, HEADING + b"\nBinary files a/x and b/x differ\n" + HEADING, "changes nothing"),
        (HEADING, HEADING + b"\nGIT binary patch\n", "binary patch is broken"),
        (HEADING, HEADING + b"\nGIT binary patch\nliteral 3\nzzz\n", "binary patch is broken"),
        (HEADING, HEADING + b"\nGIT binary patch\nliteral 3\n", "binary patch is broken"),
    ],
)
def test_diffs_that_git_would_read_in_another_way(old: bytes, new: bytes, sentence: str) -> None:
    refused(swap(old, new), sentence)


def test_an_added_or_deleted_file_has_only_lines_of_its_own() -> None:
    added = swap(HEADING, HEADING + b"\nnew file mode 100644")
    refused(swap(b"--- a/greet.py", b"--- /dev/null", added), "added file has lines from before")
    deleted = swap(HEADING, HEADING + b"\ndeleted file mode 100644")
    refused(swap(b"+++ b/greet.py", b"+++ /dev/null", deleted), "deleted file has lines that stay")


def test_an_end_inside_a_binary_patch() -> None:
    start = SERIES.index(b"literal 768")
    refused(
        SERIES[: start + 80].rpartition(b"\n")[0] + b"\n", "binary patch is broken or cut short"
    )


def test_a_commit_twice() -> None:
    refused(ONE + ONE, "twice")


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        (PatchLimits(max_bytes=100), "bytes, and 100 are the most"),
        (PatchLimits(max_patches=2), "9 mails"),
        (PatchLimits(max_files=3), "more than 3 files"),
        (PatchLimits(max_diff_lines=10), "more than 10 lines"),
        (PatchLimits(max_text_lines=20), "more than 20 lines of text"),
        (PatchLimits(max_text_lines=20, max_diff_lines=20), "40 are the most"),
        (PatchLimits(max_header_bytes=100), "bytes of headers"),
        (PatchLimits(max_line_bytes=50), "a line has"),
        (PatchLimits(max_people=1), "more than 1 people"),
    ],
)
def test_limits(limits: PatchLimits, sentence: str) -> None:
    with pytest.raises(FieldError, match=sentence):
        parse_patch(SERIES, limits=limits)


def hidden(body: bytes, encoding: bytes) -> bytes:
    head = ONE.partition(b"\n\n")[0]
    return head + b"\nContent-Transfer-Encoding: " + encoding + b"\n\n" + body + b"\n"


@pytest.mark.parametrize(
    ("body", "encoding", "sentence"),
    [
        (b"=XX", b"quoted-printable", "broken transfer encoding"),
        (b"a=00b", b"quoted-printable", "NUL bytes"),
        (base64.b64encode(b"a"), b"base64", "last line has no end"),
        (b"A", b"base64", "base64 of mail 1 is broken"),
        (base64.b64encode(b"x" * 30_000), b"base64", "a line has"),
        (base64.b64encode(b"a\r\nb\nc\r\n"), b"base64", "mixed"),
        (base64.b64encode(base64.encodebytes(ONE)), b"base64", "no diff"),
        (base64.b64encode(ONE), b"base64", ""),
    ],
)
def test_what_encodings_hide(body: bytes, encoding: bytes, sentence: str) -> None:
    body = b"\n".join(body[i : i + 76] for i in range(0, len(body), 76))
    if not sentence:  # a mail inside a mail is text: whoever it names is an author too
        body = base64.encodebytes(ONE.replace(b"Ada@Example", b"Eve@Example"))
        assert "eve@example.org" in parse_patch(hidden(body, encoding)).addresses()
    else:
        refused(hidden(body, encoding), sentence)
