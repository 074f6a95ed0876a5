"""A patch's diff as numbered lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from definitions.fields.display import DiffLine, diff_lines
from definitions.fields.errors import FieldError

DATA = Path(__file__).with_name("data")
ONE = (DATA / "one.patch").read_bytes()
SERIES = (DATA / "series.mbox").read_bytes()


def test_lines_are_numbered_in_both_files() -> None:
    (shown,) = diff_lines(ONE)
    assert (shown.heading, shown.subject) == ("greet.py", "Greet more politely")
    (hunk,) = shown.hunks
    assert hunk.heading == ""
    assert hunk.lines == (
        DiffLine("context", 1, 1, "def greet(name):"),
        DiffLine("remove", 2, None, '    return "Hello " + name'),
        DiffLine("add", None, 2, '    return "Good day, " + name'),
        DiffLine("context", 3, 3, ""),
        DiffLine("context", 4, 4, ""),
        DiffLine("remove", 5, None, "- a list"),
        DiffLine("context", 6, 5, "- of things"),
    )


def test_headings_and_remarks() -> None:
    shown = list(diff_lines(SERIES))
    assert [file.heading for file in shown] == [
        "greet.py", "notes", "long → long name", "long name", "b.bin", "b.bin", "empty",
        "b.bin", "long name → copied", "long name", 'tab⟨U+0009⟩q"ü', "link",
        'tab⟨U+0009⟩q"ü → plain', "link", "link",
    ]  # fmt: skip
    assert shown[1].hunks[0].lines[-1] == DiffLine("meta", None, None, " No newline at end of file")
    assert shown[3].hunks == ()
    assert [line.text for line in shown[-1].hunks[0].lines] == ["a⟨U+000D⟩", "b⟨U+000D⟩"]


def test_trojan_sources_long_lines_and_broken_text_are_visible() -> None:
    raw = ONE.replace(b"Good day", "if \u202eadmin\u2066".encode() + b"\xff")
    raw = raw.replace(b"- of things", b"x" * 1_500 + b"\x1b")
    lines = next(iter(diff_lines(raw))).hunks[0].lines
    assert "if ⟨U+202E⟩admin⟨U+2066⟩\ufffd" in lines[2].text
    assert lines[-1].text == "x" * 1_000 + " … (501 more characters)"


def test_a_refusal_comes_before_the_first_file() -> None:
    with pytest.raises(FieldError):
        diff_lines(SERIES[:-60])
