"""The published schema: equal to the models, and true of our files."""

import json
from importlib import resources
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from definitions.reading import read_yaml
from definitions.schema import SCHEMA_FILE, json_schema, schema_text

ROOM = resources.files("definitions")
FILES = [
    *sorted(Path(str(ROOM / "processes")).glob("*.yaml")),
    Path(__file__).parent / "data" / "sample-process.yaml",
]


def test_the_committed_schema_is_that_of_the_models() -> None:
    committed = (ROOM / SCHEMA_FILE).read_text(encoding="utf-8")
    assert json.loads(committed) == json_schema(), "write schema_text() to definitions/schema.json"
    assert committed == schema_text()


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(json_schema())
    assert json_schema()["title"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_our_definitions_are_valid_by_it(file: Path) -> None:
    Draft202012Validator(json_schema()).validate(read_yaml(file)[0])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("number",), "zz"),
        (("colour",), "red"),
        (("steps", "one", "seats", "keeper", "count"), {"by": "weight", "light": -1}),
        (("steps", "one", "deadline", "after"), "3 days"),
        (("steps", "one", "deadline", "after"), "P"),
        (("steps", "one", "seats", "keeper", "count"), 0),
        (("machine", "states", "paused", "on"), {"go_on": 3}),
        (("machine", "states", "paused", "on"), {"go_on": {"light": "work", "heavy": "closed"}}),
        (("machine", "states", "paused", "on"), {"go_on": {"by": "weight", "light": 3}}),
    ],
)
def test_it_refuses_what_the_models_refuse(path: tuple[str, ...], value: object) -> None:
    data = read_yaml(FILES[-1])[0]
    at: object = data
    for key in path[:-1]:
        assert isinstance(at, dict)
        at = at[key]
    assert isinstance(at, dict)
    at[path[-1]] = value
    assert list(Draft202012Validator(json_schema()).iter_errors(data))


def test_our_files_point_at_it() -> None:
    for file in FILES[:-1]:
        first = file.read_text(encoding="utf-8").splitlines()[0]
        assert first == "# yaml-language-server: $schema=../schema.json"
