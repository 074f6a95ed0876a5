"""Reading YAML: what comes out, where it stands, and what is refused in which sentence."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from definitions.errors import DefinitionError, DefinitionErrors, DefinitionsError, raise_all
from definitions.reading import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_INTEGER,
    Plain,
    read_yaml,
    read_yaml_bytes,
)

if TYPE_CHECKING:
    from pathlib import Path


def read(text: str) -> Plain:
    return read_yaml_bytes(text.encode(), name="sample.yaml")[0]


def refused(text: str | bytes) -> DefinitionError:
    content = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(DefinitionError) as caught:
        read_yaml_bytes(content, name="sample.yaml")
    assert caught.value.file == "sample.yaml"
    assert caught.value.remedy.endswith((".", '".'))
    return caught.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("yes", "yes"),
        ("No", "No"),
        ("True", True),
        ("false", False),
        ("~", None),
        ("null", None),
        ("'null'", "null"),
        ("7", 7),
        ("-7", -7),
        ("+7", 7),
        ("0", 0),
        ("0x1F", 31),
        ("0o17", 15),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("2.50", 2.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("3.2.3", "3.2.3"),
        ('"3.2"', "3.2"),
        ("2026-11-23", "2026-11-23"),
        ("12:30", "12:30"),
        ("P3D", "P3D"),
        ("|\n a\n b\n", "a\nb\n"),
        (">-\n a\n b\n", "a b"),
        (str(MAX_INTEGER), MAX_INTEGER),
        (str(-MAX_INTEGER), -MAX_INTEGER),
    ],
)
def test_scalars_are_read_by_the_core_schema_of_yaml_1_2(text: str, value: Plain) -> None:
    got = read(text)
    assert got == value
    assert type(got) is type(value)


def test_an_empty_file_is_nothing() -> None:
    value, positions = read_yaml_bytes(b"", name="empty.yaml")
    assert value is None
    assert (positions.line(("a",)), positions.column()) == (1, 1)


def test_a_byte_order_mark_and_a_1_2_directive_are_no_matter() -> None:
    assert read("\ufeff%YAML 1.2\n---\na: 1\n") == {"a": 1}


def test_each_key_and_element_has_its_line_and_column() -> None:
    text = "a: 1\nb:\n  - x\n  - c: 2\n    d: {e: 3}\n"
    value, positions = read_yaml_bytes(text.encode(), name="sample.yaml")
    assert value == {"a": 1, "b": ["x", {"c": 2, "d": {"e": 3}}]}
    assert positions.file == "sample.yaml"
    assert positions.line(("b",)) == 2
    assert positions.line(("b", 0)) == 3
    assert positions.line(("b", 1, "d")) == 5
    assert (positions.line(("b", 1, "d", "e")), positions.column(("b", 1, "d", "e"))) == (5, 9)


def test_what_is_missing_stands_where_it_is_missing() -> None:
    _, positions = read_yaml_bytes(b"a: 1\nb:\n  - x\n  - c: 2\n", name="sample.yaml")
    assert positions.has(("b", 1, "c"))
    assert not positions.has(("b", 1, "missing"))
    assert positions.line(("b", 1, "missing", "deeper")) == 4
    assert positions.line(("missing",)) == 1
    error = positions.error(("b", 1, "missing"), "It is missing.", "Add it.")
    assert str(error) == "sample.yaml:4: It is missing. Remedy: Add it."


def test_an_alias_is_written_out_as_a_copy_with_the_lines_of_the_original() -> None:
    text = "a: &one\n  b: [1, {c: 2}]\n\nd: *one\ne: &two x\nf: *two\n"
    value, positions = read_yaml_bytes(text.encode(), name="sample.yaml")
    assert value == {"a": {"b": [1, {"c": 2}]}, "d": {"b": [1, {"c": 2}]}, "e": "x", "f": "x"}
    assert isinstance(value, dict)
    assert value["a"] is not value["d"]
    assert positions.line(("d",)) == 4
    assert positions.line(("d", "b", 1, "c")) == 2


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a:\n  b: 1\n c: 2\n", 3, "this line isn't indented like those that it belongs with"),
        ("a: words: more\n", 1, "a colon makes a key of what stands before it"),
        ("a: words\n  b: more\n", 2, "a colon makes a key of what stands before it"),
        ("a:\n\tb: 1\n", 2, "a tab stands here"),
        ("a: {b: 1 c: 2}\n", 1, "a comma is missing before this, or a bracket isn't closed"),
        ("a: [b\nc: 1\n", 2, "a comma is missing before this, or a bracket isn't closed"),
    ],
)
def test_a_slip_in_the_layout_is_said_in_words_for_people(text: str, line: int, says: str) -> None:
    error = refused(text)
    assert f"This is not YAML: {says}" in error.sentence
    assert "<block" not in str(error)
    assert error.line == line


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: 1\nb: 2\na: 3", 3, "second time (first on line 1)"),
        ("a: !!str 5", 1, "tag"),
        ("a: ! x", 1, "tag"),
        ("a:\n  !python/object:os.system []", 2, "tag"),
        ("x: {<<: {a: 1}}", 1, "Merge keys"),
        ("1: a", 1, "key `1` is not text"),
        ("true: a", 1, "not text"),
        ("? [a]\n: b", 1, "plain text"),
        ("&k a: b", 1, "plain text"),
        ("!!str a: b", 1, "plain text"),
        ("a: &x 1\nb: &x 2", 2, "used twice"),
        ("a: *x", 1, "stands for nothing"),
        ("a: &x [*x]", 1, "stands for nothing"),
        ("a: 1\n---\nb: 2", 2, "second document"),
        ("%YAML 1.1\n---\na: 1", 2, "directive"),
        ("%TAG ! tag:example.org,2026:\n---\na: 1", 2, "directive"),
        ("a: 007", 1, "starts with a zero"),
        (f"a: {MAX_INTEGER + 1}", 1, "beyond"),
        ("a: " + "9" * 5000, 1, "beyond"),
        ("a: 1e999", 1, "JSON"),
        ("a: .nan", 1, "JSON"),
        ("a: -.inf", 1, "JSON"),
        ("a: 1\nb: [1, 2", 2, "not YAML"),
        ("a: 1\n b: c", 2, "not YAML"),
        ('a: "x', 1, "not YAML"),
        ("a: \x00", 1, "character"),
        (b"a: 1\nb: \xff\n", 2, "not UTF-8"),
        (b"#" * (MAX_BYTES + 1), 1, "larger than 256 KiB"),
        ("[" * 5000, 1, "deeper than 40"),
    ],
)
def test_what_the_reader_refuses(text: str | bytes, line: int, says: str) -> None:
    error = refused(text)
    assert says in error.sentence
    assert error.line == line
    assert len(str(error)) < 400


def test_a_merge_key_in_quotes_is_a_key() -> None:
    assert read('"<<": 1') == {"<<": 1}


def test_the_deepest_that_is_allowed() -> None:
    assert read("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert "deeper" in refused("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)).sentence


def test_an_alias_counts_with_the_depth_at_which_it_is_used() -> None:
    deep = MAX_DEPTH - 5
    text = "a: &x " + "[" * deep + "]" * deep + "\nb: " + "[" * deep + "*x" + "]" * deep
    assert "deeper" in refused(text).sentence


@pytest.mark.parametrize("kind", ["list", "mapping"])
def test_aliases_of_aliases_are_refused_before_they_grow(kind: str) -> None:
    def ten(name: str) -> str:
        if kind == "list":
            return "[" + ", ".join([f"*{name}"] * 10) + "]"
        return "{" + ", ".join(f"k{index}: *{name}" for index in range(10)) + "}"

    lines = ["a0: &l0 x"] + [f"a{n}: &l{n} {ten(f'l{n - 1}')}" for n in range(1, 9)]
    error = refused("\n".join(lines))
    assert "aliases" in error.sentence
    assert error.line < 9


def test_a_file_is_read_from_a_path(tmp_path: Path) -> None:
    path = tmp_path / "sample.yaml"
    path.write_text("a: 1\n", encoding="utf-8")
    value, positions = read_yaml(path)
    assert value == {"a": 1}
    assert positions.file == str(path)
    assert read_yaml(path, name="shown.yaml")[1].file == "shown.yaml"


def test_a_file_that_is_not_there_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="can't be read: No such file"):
        read_yaml(tmp_path / "missing.yaml")


def test_an_error_keeps_its_parts_and_survives_pickling() -> None:
    error = DefinitionError("a.yaml", 3, "It is wrong.", "Mend it.")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert again.to_json() == {
        "file": "a.yaml",
        "line": 3,
        "sentence": "It is wrong.",
        "remedy": "Mend it.",
    }
    assert again.errors == (again,)
    assert DefinitionsError().errors == ()


def test_several_errors_are_raised_in_one_go() -> None:
    raise_all([])
    errors = [DefinitionError("a.yaml", line, "Wrong.", "Mend.") for line in (1, 2)]
    with pytest.raises(DefinitionErrors) as caught:
        raise_all(errors)
    assert caught.value.errors == tuple(errors)
    assert str(caught.value).splitlines() == [str(error) for error in errors]


plain_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("abcxyz<01-", max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(plain_values)
def test_what_json_writes_is_read_back_as_it_was(value: Plain) -> None:
    assert read(json.dumps(value, ensure_ascii=False)) == value


def lines_blamed(text: str) -> list[int]:
    """The lines that a refusal of this text names; none if it is read."""
    try:
        read(text)
    except DefinitionError as error:
        return [error.line]
    return []


@given(st.text("ab:-[]{}&*!?|>'\"#% \n\t0.1<", max_size=40))
def test_any_text_is_either_read_or_refused_at_a_line_of_it(text: str) -> None:
    lines = lines_blamed(text)
    assert all(1 <= line <= text.count("\n") + 2 for line in lines)
    if not lines:
        # What we read, an ordinary reader of YAML 1.2 doesn't refuse either.
        YAML(typ="safe", pure=True).compose(text)
