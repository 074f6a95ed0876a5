"""Whatever is given for a patch: it is read or refused, with work that grows with its size."""

from __future__ import annotations

import contextlib
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from definitions.fields.display import diff_lines
from definitions.fields.errors import FieldError
from definitions.fields.patch import PatchLimits, PatchSet, parse_patch
from tests.support.work import grows_with_the_size, work_of

DATA = Path(__file__).with_name("data")
ONE = (DATA / "one.patch").read_bytes()
SERIES = (DATA / "series.mbox").read_bytes()
FROM = b"From: Ada Example <Ada@Example.org>"
BODY = b"The old greeting was short."
SEPARATOR = ONE.partition(b"\n")[0]
MEGABYTE = 1024 * 1024
UNLIMITED = PatchLimits(**{field.name: 16 * MEGABYTE for field in fields(PatchLimits)})
"""So that what is given is read through, and not refused for its size."""


@pytest.mark.parametrize(
    "part",
    [b" From: x\n", b" x\n", b"From: a@b\n", b"=?", b"[PATCH ", "\u0301".encode(), b"<", b"- >8 ",
     b"Co-authored-by: a@b <", b"'", b'"a', b"\\", b"a: b\n c\n", b"a/ b/", b"\n", b"> "],
)  # fmt: skip
@pytest.mark.parametrize("place", [BODY, b"Greet more", b"Ada Example <", b"greet.py b/"])
def test_anything_is_work_that_grows_with_its_size(part: bytes, place: bytes) -> None:
    def read(size: int, limits: PatchLimits) -> None:
        filler = part * (size // len(part))
        with contextlib.suppress(FieldError):
            parse_patch(
                ONE.replace(place, place + b"\n" + filler if place == BODY else filler),
                limits=limits,
            )

    grows_with_the_size(lambda size: work_of(lambda: read(size, UNLIMITED)), 8_000)
    # What a regular expression does can't be counted: with the square of a megabyte it hangs.
    for limits in (PatchLimits(), UNLIMITED):
        read(MEGABYTE - len(ONE), limits)


def read_or_refused(raw: bytes) -> None:
    try:
        found = parse_patch(raw)
    except FieldError:
        with pytest.raises(FieldError):
            diff_lines(raw)
    else:
        assert PatchSet.from_json(found.to_json()) == found
        assert found.addresses()
        assert len(list(diff_lines(raw))) == found.files


@given(st.binary(max_size=2_000))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    read_or_refused(raw)
    read_or_refused(SEPARATOR + b"\n" + raw)
    read_or_refused(ONE.replace(BODY, raw))


PIECES = st.sampled_from([
    b"", b"\n", b"\r", b"\r\n", b"\n\n", b"\0", b"\xff", b" ", b"=?utf-8?q?=FF?=", b"<", b">",
    b"@", FROM + b"\n", SEPARATOR + b"\n", b"-- \n", b"---\n", b"+", b"-", b"diff --git a/x b/x\n",
])  # fmt: skip


@settings(max_examples=300)
@given(
    st.sampled_from([ONE, SERIES]),
    st.lists(st.tuples(st.integers(0, 8_000), st.integers(0, 60), PIECES | st.binary(max_size=9)),
             min_size=1, max_size=4),
)  # fmt: skip
def test_mutated_patches_are_read_or_refused(
    raw: bytes, edits: list[tuple[int, int, bytes]]
) -> None:
    for at, length, piece in edits:
        start = at % len(raw)
        raw = raw[:start] + piece + raw[start + length :]
    read_or_refused(raw)


@given(st.data())
def test_no_way_to_cut_a_patch_short_hides_that_it_is_short(choice: st.DataObject) -> None:
    start, end = ONE.index(b"@@ "), ONE.index(b"-- \n")
    with pytest.raises(FieldError):
        parse_patch(ONE[: choice.draw(st.integers(start, end - 2))])
