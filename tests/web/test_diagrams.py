"""Drawings of machines: well-formed, without anything active, marked, and made once."""

from collections.abc import Iterator
from itertools import product
from xml.etree import ElementTree as ET

import pytest

from definitions.branching import every_choice
from definitions.definition import Definition
from definitions.exclusivity import load_exclusivity
from definitions.loader import load_library
from definitions.machine import BY_RULING, DONE, NoWay
from definitions.state import CaseState, StepState
from web import diagrams
from web.diagrams import case_diagram, definition_diagram

DEFINITIONS = load_library().definitions()
HOSTILE = '</svg><script>alert("1")</script>\\" ]; evil [label="'


def configurations(definition: Definition) -> Iterator[tuple[str, ...]]:
    """Yield every configuration that events lead to, whatever is chosen where that decides."""
    chart = definition.chart
    events = {event for state in chart.states.values() for event in state.on}
    steps = definition.body.steps.values()
    events |= {outcome.event for step in steps for outcome in step.outcomes.values()}
    events |= {BY_RULING + name for name in definition.body.rulings.close}
    seen: set[tuple[str, ...]] = set()
    todo = [chart.begin().configuration]
    while todo:
        configuration = todo.pop()
        if configuration in seen:
            continue
        seen.add(configuration)
        yield configuration
        for event, choices in product(events - {"done"}, every_choice(definition.body)):
            try:
                todo.append(chart.send(configuration, {}, event, choices).configuration)
            except NoWay:
                continue


def state_at(definition: Definition, configuration: tuple[str, ...]) -> CaseState:
    steps = {
        name: StepState(instance="1", since="2026-11-23T18:00:00.000Z")
        for name in configuration
        if name in definition.body.steps
    }
    return CaseState(
        case="case-1",
        number="x20261123.1",
        process=definition.process,
        definition=definition.version,
        rules=1,
        opened_at="2026-11-23T18:00:00.000Z",
        people={"opener": ("mia",)},
        fields={},
        configuration=configuration,
        steps=steps,
        ended=definition.chart.final(configuration),
    )


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - our own drawing


def marked(svg: str, mark: str) -> list[str]:
    """Return the texts of nodes with this mark."""
    nodes = [e for e in parsed(svg).iter("g") if mark in e.get("class", "").split()]
    return ["".join(t.text or "" for t in node.iter("text")) for node in nodes]


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda d: d.process)
def test_every_place_is_drawn_well_formed_and_marked(definition: Definition) -> None:
    found = list(configurations(definition))
    left = {definition.body.withdraw.to} if definition.body.withdraw else set()
    states = definition.chart.states
    leaves = {name for name, state in states.items() if not state.inner()}
    # An end inside of a state that goes on by itself then is left as soon as it is come to.
    left |= {
        inner
        for state in states.values()
        if state.states and DONE in state.on
        for inner, spec in state.states.items()
        if spec.final
    }
    assert {name for one in found for name in one} >= leaves - left
    for configuration in found:
        drawn = case_diagram(definition, state_at(definition, configuration))
        root = parsed(drawn.svg)
        assert root.tag == "svg"
        assert root[0].tag == "title"
        here = [
            name
            for name in configuration
            if not definition.chart.states[name].inner()
            and (not definition.chart.states[name].final or definition.chart.parents[name] is None)
        ]
        assert len(marked(drawn.svg, "state-now")) == len(here)
        for name in here:
            assert definition.state_title(name) in drawn.label


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda d: d.process)
def test_nothing_in_it_is_active_or_styled(definition: Definition) -> None:
    svg = definition_diagram(definition).svg
    for element in parsed(svg).iter():
        assert element.tag in {
            "svg",
            "g",
            "title",
            "text",
            "path",
            "polygon",
            "polyline",
            "ellipse",
        }
        assert not {"style", "id", "href", "onclick", "onload"} & set(element.attrib)
    assert "<?xml" not in svg
    assert "<!" not in svg
    assert marked(svg, "state-now") == []


def test_what_is_done_is_marked_too() -> None:
    definition = load_library().current("system-patch")
    state = state_at(definition, ("applying",))
    done = StepState(instance="1", since=state.opened_at, closed=state.opened_at)
    state = state.model_copy(update={"steps": {**state.steps, "approval": done}})
    svg = case_diagram(definition, state).svg
    assert marked(svg, "state-done") == ["Approve thepatch"]
    assert marked(svg, "state-now") == ["Apply the patch"]


def test_hostile_titles_stay_text() -> None:
    data = {
        "process": "hostile",
        "title": {"en": HOSTILE},
        "summary": {"en": "x"},
        "policy": ["7.4"],
        "number": "h",
        "rules": 1,
        "start": {"roles": ["member"], "fields": {"topic": {"type": "string", "title": "Topic"}}},
        "machine": {
            "initial": "one",
            "states": {
                "one": {"title": HOSTILE, "on": {"go": "two"}},
                "two": {"title": "& < > \" ' \\ \\n", "final": True},
            },
        },
        "steps": {
            "one": {
                "title": HOSTILE,
                "policy": "7.4",
                "seats": {"seat": {"role": "member"}},
                "outcomes": {"go": {"title": HOSTILE, "event": "go"}},
            }
        },
    }
    definition = Definition.build(data, load_exclusivity().to_json())
    svg = definition_diagram(definition).svg
    assert "<script" not in svg
    assert len(marked(svg, "node")) == 3, "a start and two states, and nothing evil"
    assert any("alert" in text for text in marked(svg, "node"))


def test_a_drawing_is_made_once_for_each_place() -> None:
    definition = load_library().current("application-patch")
    state = state_at(definition, definition.chart.begin().configuration)
    first = case_diagram(definition, state)
    before = diagrams._draw.cache_info()
    assert case_diagram(definition, state) == first
    after = diagrams._draw.cache_info()
    assert (after.hits, after.misses) == (before.hits + 1, before.misses)
