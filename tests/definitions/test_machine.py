"""The compiled machine: nested, parallel, history, done, reopened, withdrawn; and restored."""

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from definitions.branching import every_choice
from definitions.loader import load_file, load_library
from definitions.machine import BY_RULING, DONE, Chart, Move, NoWay, compile_chart
from definitions.model import Body

SAMPLE = load_file(Path(__file__).parent / "data" / "sample-process.yaml").definition
CHART = SAMPLE.chart


def go(chart: Chart, *events: str) -> Move:
    """Send events one after the other, each to a machine restored from what the last one left."""
    move = chart.begin()
    for event in events:
        move = chart.send(move.configuration, move.history, event)
    return move


def body(machine: Mapping[str, Any], covers: Mapping[str, Any], during: list[str]) -> Body:
    """Return a definition of which only the machine and what reopens matter."""
    step = {
        "title": "S",
        "policy": "4.1",
        "seats": {"a": {"role": "member"}},
        "outcomes": {"ok": {"event": "x"}},
    }
    return Body.model_validate(
        {
            "process": "small",
            "title": "Small",
            "summary": "Small",
            "policy": ["4.1"],
            "number": "y",
            "rules": 1,
            "start": {"roles": ["member"], "fields": {"f": {"type": "string", "title": "F"}}},
            "machine": machine,
            "steps": {
                name: {**step, "covers": {"fields": ["f"], "reopen": target}}
                for name, target in covers.items()
            },
            "amend": {"fields": ["f"], "during": during},
        }
    )


def test_it_begins_in_the_innermost_initial_states() -> None:
    move = CHART.begin()
    assert move.configuration == move.entered == ("work", "draft")
    assert move.left == ()
    assert CHART.final(move.configuration) is None


def test_parallel_regions_begin_together_and_end_apart() -> None:
    assert go(CHART, "drafted").configuration == ("work", "both", "left", "one", "right", "two")
    first = go(CHART, "drafted", "two_good")
    assert first.configuration == ("work", "both", "left", "one", "right", "two_done")
    assert (first.left, first.entered) == (("two",), ("two_done",))


def test_done_follows_when_all_regions_have_ended_in_either_order() -> None:
    for order in itertools.permutations(["one_bad", "two_late"]):
        move = go(CHART, "drafted", *order)
        assert move.configuration == ("work", "confirm")
        assert {"both", "left", "right"} <= set(move.left)


def test_the_end_of_nested_states_ends_the_case() -> None:
    move = go(CHART, "drafted", "one_good", "two_good", "confirmed")
    assert move.configuration == ("closed",)
    assert move.entered == ("finished", "closed")
    assert CHART.final(move.configuration) == "closed"


def test_a_deep_history_brings_back_where_the_case_stood() -> None:
    paused = go(CHART, "drafted", "two_good", "pause")
    assert paused.configuration == ("paused",)
    assert set(paused.history) == {"before"}
    back = CHART.send(paused.configuration, paused.history, "go_on")
    assert back.configuration == ("work", "both", "left", "one", "right", "two_done")


def test_a_history_without_a_past_takes_its_default() -> None:
    assert CHART.send(("paused",), {}, "go_on").configuration == ("work", "draft")


def test_an_event_that_nobody_handles_is_refused() -> None:
    for event in ("one_good", "nothing", "withdrawn"):
        with pytest.raises(NoWay, match=event):
            CHART.send(("work", "draft"), {}, event)


def test_withdrawing_leads_out_of_everything() -> None:
    for events in ((), ("drafted",), ("drafted", "one_good"), ("drafted", "one_good", "two_good")):
        assert go(CHART, *events, "withdraw").configuration == ("dropped",)
    with pytest.raises(NoWay):
        go(CHART, "drafted", "pause", "withdraw")


def test_reopening_inside_leaves_what_runs_beside() -> None:
    move = go(CHART, "drafted", "one_good", "reopen_one")
    assert move.configuration == ("work", "both", "left", "one", "right", "two")
    assert (move.left, move.entered) == (("one_done",), ("one",))


def test_reopening_from_outside_begins_all_that_is_around() -> None:
    move = go(CHART, "drafted", "one_good", "two_good", "reopen_two")
    assert move.configuration == ("work", "both", "left", "one", "right", "two")
    assert set(move.entered) == {"both", "left", "one", "right", "two"}


def test_reopening_what_is_nested_deeper_than_where_the_case_stands() -> None:
    deep = {
        "initial": "p",
        "states": {
            "p": {
                "initial": "q",
                "states": {
                    "q": {"initial": "a", "states": {"a": {"on": {"x": "b"}}}},
                    "b": {"on": {"x": "end"}},
                },
            },
            "end": {"final": True},
        },
    }
    chart = compile_chart(body(deep, {"a": "a", "b": "a"}, ["p"]))
    assert go(chart, "x").configuration == ("p", "b")
    assert go(chart, "x", "reopen_a").configuration == ("p", "q", "a")


def test_amending_in_another_region_leaves_that_region_alone() -> None:
    regions = {
        "initial": "p",
        "states": {
            "p": {
                "parallel": {
                    "r": {
                        "initial": "b",
                        "states": {"b": {"on": {"y": "b_end"}}, "b_end": {"final": True}},
                    },
                    "l": {
                        "initial": "a",
                        "states": {"a": {"on": {"x": "a_end"}}, "a_end": {"final": True}},
                    },
                },
                "on": {"done": "end"},
            },
            "end": {"final": True},
        },
    }
    chart = compile_chart(body(regions, {"a": "a", "b": "b"}, ["b"]))
    move = go(chart, "x", "reopen_a")
    assert move.configuration == ("p", "r", "b", "l", "a")
    assert (move.left, move.entered) == (("a_end",), ("a",))


def test_a_step_at_the_top_is_entered_anew_when_it_reopens_itself() -> None:
    flat = {"initial": "a", "states": {"a": {"on": {"x": "end"}}, "end": {"final": True}}}
    chart = compile_chart(body(flat, {"a": "a"}, ["a"]))
    move = go(chart, "reopen_a")
    assert (move.left, move.entered, move.configuration) == (("a",), ("a",), ("a",))


def test_where_a_state_stands_is_told() -> None:
    assert CHART.around("one") == ("left", "both", "work")
    assert CHART.within("one", "work")
    assert CHART.within("one", "one")
    assert not CHART.within("work", "one")


def events_of(chart: Chart) -> list[str]:
    internal = ["withdraw", "reopen_one", "reopen_two", "reopen_review", "reopen_test",
                "reopen_approval", "reopen_applying"]  # fmt: skip
    named = dict.fromkeys(event for s in chart.states.values() for event in s.on)
    ruled = [BY_RULING + name for name, state in chart.states.items() if state.final]
    return [*(event for event in named if event != DONE), *internal, *ruled]


def ways_of(definition: Any) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield each event, with every choice and answer where some decide where it leads."""
    for event in events_of(definition.chart):
        fields = definition.chart.branching.get(event, ())
        for chosen in every_choice(definition.body, fields, unanswered=True):
            yield event, chosen


@pytest.mark.parametrize(
    "definition",
    [SAMPLE, *load_library().definitions()],
    ids=lambda definition: str(definition.process),
)
def test_restored_at_each_configuration_is_as_running_through(definition: Any) -> None:
    """Play every event at every configuration, restored and in one machine that lives on."""
    chart: Chart = definition.chart
    seen: dict[tuple[Any, ...], tuple[str, ...]] = {}
    todo: list[tuple[Move, tuple[str, ...]]] = [(chart.begin(), ())]
    while todo:
        move, path = todo.pop()
        key = (move.configuration, tuple(sorted(move.history.items())))
        if key in seen:
            continue
        seen[key] = path
        living = chart.machine()
        for event in path:
            living.send(event)
        active = set(living.configuration_values)
        assert tuple(state for state in chart.order if state in active) == move.configuration
        for event, chosen in ways_of(definition):
            try:
                onward = chart.send(move.configuration, move.history, event, chosen)
            except NoWay:
                continue
            # As the library calls it: with what is chosen where that decides.
            todo.append((onward, (*path, "__".join((event, *chosen.values())))))
    assert len(seen) >= len([s for s in chart.states.values() if not s.inner()]) - 1
    ended = {configuration[0] for configuration, _ in seen if chart.final(configuration)}
    assert ended == {name for name, s in definition.body.machine.states.items() if s.final}
    for configuration, _ in seen:  # every state's parents, one state of each compound one
        for name in configuration:
            assert set(chart.around(name)) <= set(configuration)
            spec = chart.states[name]
            inside = [child for child in spec.inner() if child in configuration]
            assert len(inside) == (len(spec.parallel) if spec.parallel else bool(spec.states))
