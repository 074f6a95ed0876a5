"""docs/definitions.md says everything that the format has, and its examples hold."""

import copy
import json
import re
import textwrap
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest

from definitions.canonical import Json
from definitions.checks import bodies_of, check_parts, check_source
from definitions.definition import Definition
from definitions.exclusivity import load_exclusivity
from definitions.loader import Source, load_file, load_library
from definitions.proof import prove
from definitions.reading import Positions, read_yaml_bytes
from tests.support.admitting import LIBRARY as SMALL

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "definitions.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLES = [textwrap.dedent(text) for language, text in BLOCKS if language == "yaml"]
LIBRARY = load_library()
FIELD = {"type": "string", "title": "More"}


def keys_of(schema: Json) -> Iterator[str]:
    """Yield every key that the format knows, wherever."""
    if isinstance(schema, dict):
        properties = schema.get("properties", {})
        yield from properties
        for inner in [*properties.values(), *(v for k, v in schema.items() if k != "properties")]:
            yield from keys_of(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from keys_of(inner)


def test_every_key_of_the_format_is_on_the_page() -> None:
    schema = json.loads((ROOT / "definitions" / "schema.json").read_text(encoding="utf-8"))
    prose = re.sub(r"^```.*?^```$", "", PAGE, flags=re.MULTILINE | re.DOTALL)
    code = " ".join([*(text for _, text in BLOCKS), *re.findall(r"`([^`]+)`", prose)])
    said = set(re.findall(r"[a-z_]+", code))
    missing = sorted(set(keys_of(schema)) - said)
    assert missing == [], " ".join(missing)


def data_of(process: str) -> Any:
    """Return what the library's file of a process holds."""
    return copy.deepcopy(LIBRARY.current(process).written())


def having(state: str, fields: Collection[str] = ()) -> str:
    """Return the process of the library that has this state, and these fields in its form."""
    return next(
        one.process
        for one in LIBRARY.definitions()
        if state in one.chart.states and set(fields) <= set(one.body.start.fields)
    )


def merged(into: Any, more: Any) -> Any:
    """Return one mapping with what another says put into it."""
    if not (isinstance(into, dict) and isinstance(more, dict)):
        return more
    return {**into, **{key: merged(into.get(key), value) for key, value in more.items()}}


def whole(data: Any) -> Iterator[Any]:
    """Put what stands at the top of a file into the process that it is from."""
    in_it = {
        "draws": "abc",
        "bound": "abc",
        "privacy": "abc",
        "people": "application-patch",
        "arbitrates": "arbitration",
        "publishes": "incident",
    }
    process = next((in_it[key] for key in data if key in in_it), _promised(data))
    frame = data_of(process)
    if "bound" in data:
        frame = _with_handover(frame)
    for name in data.get("privacy", {}).get("fields", ()):
        frame["start"]["fields"][name] = FIELD
    for key in ("machine", "steps", "start", "people", "draws"):
        if key in data:
            data[key] = merged(frame.get(key), data[key])
    if "invariants" in data:
        data["invariants"] = [*frame["invariants"], *data["invariants"]]
        rulings = frame.pop("rulings", {})  # they name by id all that they waive of the file's own
        if _only_by_ruling(frame) & set(rulings.get("close", ())):
            frame["rulings"] = rulings
    if "privacy" in data:  # what is public there can't be said of what is private here
        frame["invariants"] = []
        frame.pop("publishes", None)
    yield {**frame, **data}


def _only_by_ruling(frame: Any) -> set[str]:
    """Return the ends to which no event leads."""
    states = frame["machine"]["states"]
    ends = {name for name, state in states.items() if state.get("final")}
    return ends - set(_targets(states))


def _targets(states: Any) -> Iterator[str]:
    for state in states.values():
        for to in state.get("on", {}).values():
            yield from to.values() if isinstance(to, dict) else [to]
        yield from _targets({**state.get("states", {}), **state.get("parallel", {})})


def _promised(data: Any) -> str:
    """Return of which process the invariants of an example are."""
    said = {key for one in data.get("invariants", ()) for key in one}
    return (
        "onboarding" if "child" in said else "termination" if "opened" in said else "system-patch"
    )


def _with_handover(frame: Any) -> Any:
    """Return the process with a step between two others in which something is taken over."""
    states = frame["machine"]["states"]
    event, after = next(iter(states["consent"]["on"].items()))
    states["consent"]["on"][event] = "handover"
    states["handover"] = {"on": {"handed_over": after}}
    step = {
        "title": "Hand over",
        "policy": "4.1",
        "seats": {"receiver": {"role": "systems-administrator"}},
        "outcomes": {"given": {"event": "handed_over"}},
    }
    return merged(frame, {"steps": {"handover": step}})


def effects(data: Any) -> Iterator[Any]:
    """Put each effect into the process whose state it names, in place of one like it."""
    for effect in data["effects"]:
        handed = effect.get("open", {}).get("with", {}).values()
        fields = [one["field"] for one in handed if "field" in one]
        frame = data_of(having(effect.get("enter") or effect["leave"], fields))
        name = effect.get("open", {}).get("as")
        rest = [
            one for one in frame["effects"] if not name or one.get("open", {}).get("as") != name
        ]
        frame["effects"] = [*rest, effect]
        yield frame


def steps(data: Any) -> Iterator[Any]:
    """Put steps into the process that has them."""
    for name, step in data.items():
        frame = data_of(having(name))
        frame["steps"][name] = merged(frame["steps"].get(name), step)
        if "vote" in step:  # what the process promises of its own vote is another thing
            frame["invariants"] = []
        yield frame


def states(data: Any) -> Iterator[Any]:
    """Put states into the process that has them."""
    for name, state in data.items():
        frame = data_of(having(name))
        frame["machine"]["states"][name] = merged(frame["machine"]["states"][name], state)
        yield frame


def opened(data: Any) -> Iterator[Any]:
    """Put what narrows who opens a case into the process that it is from."""
    frame = data_of("termination")
    frame["start"] = merged(frame["start"], data)
    del frame["rulings"]["reinstate"]  # a case that others open, and wait for, ends once
    yield frame


def scheduled(data: Any) -> Iterator[Any]:
    """Put when cases open by themselves into the process that is opened so."""
    process = next(one.process for one in LIBRARY.definitions() if one.body.start.schedule)
    frame = data_of(process)
    frame["start"] = {**frame["start"], **data}
    yield frame


def framed(data: Any) -> Iterator[Any]:
    """Yield the definitions that an example stands in."""
    if "effects" in data:
        yield from effects(data)
    elif "when" in data:
        yield from opened(data)
    elif "schedule" in data:
        yield from scheduled(data)
    elif all(isinstance(one, dict) and "seats" in one for one in data.values()):
        yield from steps(data)
    elif all(isinstance(one, dict) and "on" in one for one in data.values()):
        yield from states(data)
    else:
        yield from whole(data)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_holds_where_it_stands(number: int, tmp_path: Path) -> None:
    text = EXAMPLES[number]
    data: Any = read_yaml_bytes(text.encode(), name="example.yaml")[0]
    if data is None:
        assert text.startswith("# yaml-language-server: $schema=")
    elif {"process", "machine", "steps"} <= set(data):
        written = tmp_path / f"{data['process']}.yaml"
        written.write_text(text, encoding="utf-8")
        assert [str(one) for one in check_source(load_file(written)).findings] == []
    else:
        found = list(framed(data))
        assert found
        for one in found:
            definition = Definition.build(one, load_exclusivity().to_json())
            file = f"{definition.process}.yaml"
            around = {**bodies_of(LIBRARY), "summary": SMALL["summary"].body}
            bodies = {**around, definition.process: definition.body}
            source = Source(definition, Positions(file, {}), file)
            assert [str(each) for each in check_parts(source, bodies)] == []
            if "invariants" in data:
                assert [each.sentence for each in prove(definition).findings] == []


def test_there_is_a_whole_definition_among_the_examples() -> None:
    assert any(re.match(r"process: ", one) and "\nsteps:" in one for one in EXAMPLES)


@pytest.mark.parametrize(
    ("people", "holds"),
    [({"people": 2, "role": "systems-administrator"}, True), ({"people": 3}, False)],
)
def test_whoever_leads_a_team_counts_as_one_of_it(
    people: dict[str, Any], tmp_path: Path, *, holds: bool
) -> None:
    """So the page says under Invariants, and what to ask for where that isn't meant."""
    data: Any = read_yaml_bytes(EXAMPLES[1].encode(), name="house-rule.yaml")[0]
    data["steps"]["agreeing"]["seats"] = {
        "leader": {"role": "systems-administration-leader"},
        "administrator": {"role": "systems-administrator"},
    }
    asked = {"before": "in_force", "in": ["agreeing"], "policy": "4.1", "firm": True}
    data["invariants"] = [asked | people]
    written = tmp_path / "house-rule.yaml"
    written.write_text(json.dumps(data), encoding="utf-8")
    assert (check_source(load_file(written)).findings == ()) is holds
