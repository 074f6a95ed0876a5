"""What the clock alone can go round in no time is found, by whichever of its moves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from definitions.loader import load_file, load_library
from definitions.model import Body
from definitions.proof import prove
from tests.support.small_definitions import built

LOOP = Path(__file__).parents[1] / "data" / "fooled" / "zero-deadline-loop.yaml"
ROUND = "The clock alone can go round for ever in no time: "
NO_LENGTH = "its deadline of no length"


def step(event: str, length: str | None = None, late: str = "", **changes: Any) -> dict[str, Any]:
    deadline = {} if length is None else {"deadline": {"after": length, "event": late}}
    return {
        "title": event,
        "policy": "4.1",
        "seats": {"seat": {"role": "tester"}},
        "outcomes": {"good": {"event": event}},
        **deadline,
    } | changes


def definition(states: dict[str, Any], steps: dict[str, Any], **changes: Any) -> dict[str, Any]:
    leads = {to for state in states.values() for to in state.get("on", {}).values()}
    ends = {name: {"final": True} for name in ("ended", "lost") if name in leads}
    topic = {"type": "string", "title": "Topic", "required": True}
    return {
        "process": "small", "title": "Small", "summary": "Small", "policy": ["4.1"],
        "number": "y", "rules": 1,
        "start": {"roles": ["member"], "fields": {"topic": topic}},
        "machine": {"initial": next(iter(states)), "states": {**states, **ends}},
        "steps": steps,
    } | changes  # fmt: skip


def rounds(data: dict[str, Any], library: dict[str, Body] | None = None) -> list[str]:
    """Return what is said of going round."""
    said = [f.sentence for f in prove(built(data), library=library).findings]
    return [one.removeprefix(ROUND) for one in said if one.startswith(ROUND)]


def vote(length: str) -> dict[str, Any]:
    results = ("carried", "lost", "inquorate")
    return step(
        "",
        seats={"board": {"body": "board"}},
        vote={"quorum": {"at_least": 3}},
        outcomes={result: {"event": f"was_{result}"} for result in results},
        deadline={"after": length},
    )


def test_two_deadlines_of_no_length_that_lead_to_each_other() -> None:
    (finding,) = prove(load_file(LOOP).definition).findings
    way = f"`one` ({NO_LENGTH}: `t`) → `two` ({NO_LENGTH}: `u`) → `one`."
    assert finding.sentence == ROUND + way
    assert finding.path == ("steps", "one", "deadline")
    assert finding.remedy.startswith("Give a deadline on this way a length")


@pytest.mark.parametrize("length", ["P0D", "PT0S", "P0DT0H0M"])
def test_one_that_leads_to_itself(length: str) -> None:
    data = definition({"one": {"on": {"good": "ended", "late": "one"}}},
                      {"one": step("good", length, "late")})  # fmt: skip
    assert rounds(data) == [f"`one` ({NO_LENGTH}: `late`) → `one`."]


@pytest.mark.parametrize("lengths", [("P0D", "PT1S"), ("P1D", "P0D")])
def test_nothing_is_said_where_one_of_them_has_a_length(lengths: tuple[str, str]) -> None:
    states = {
        "one": {"on": {"good": "ended", "late": "two"}},
        "two": {"on": {"fine": "ended", "later": "one"}},
    }
    steps = {"one": step("good", lengths[0], "late"), "two": step("fine", lengths[1], "later")}
    assert rounds(definition(states, steps)) == []


def test_by_way_of_a_state_that_is_done_as_soon_as_it_is_entered() -> None:
    around = {"initial": "inner", "states": {"inner": {"final": True}}, "on": {"done": "one"}}
    states = {"one": {"on": {"good": "ended", "late": "around"}}, "around": around}
    data = definition(states, {"one": step("good", "P0D", "late")})
    assert rounds(data) == [f"`one` ({NO_LENGTH}: `late`) → `one`."]


@pytest.mark.parametrize(
    ("back", "how"), [("was_inquorate", "inquorate"), ("was_lost", "lost"), ("was_carried", None)]
)
def test_by_way_of_a_vote_of_no_length(back: str, how: str | None) -> None:
    """Somebody must have voted where it is carried."""
    results = {f"was_{result}": "ended" for result in ("carried", "lost", "inquorate")}
    states = {
        "one": {"on": {"good": "ended", "late": "voting"}},
        "voting": {"on": results | {back: "one"}},
    }
    data = definition(states, {"one": step("good", "P0D", "late"), "voting": vote("P0D")})
    way = f"`one` ({NO_LENGTH}: `late`) → `voting` (its vote of no length, {how}: `{back}`) → "
    assert rounds(data) == ([] if how is None else [f"{way}`one`."])
    data = definition(states, {"one": step("good", "P0D", "late"), "voting": vote("P3D")})
    assert rounds(data) == []


def opening(process: str) -> dict[str, Any]:
    """Return a definition that opens another case, and again as soon as that has ended."""
    opened = {
        "process": process,
        "as": "other",
        "with": {},
        "on": {"ended": "again", "lost": "over"},
    }
    states = {"asking": {"on": {"again": "asking", "over": "one"}},
              "one": {"on": {"good": "ended"}}}  # fmt: skip
    effects = [{"enter": "asking", "open": opened}]
    return definition(states, {"one": step("good")}, effects=effects)


def test_by_way_of_a_child_case_that_ends_at_once() -> None:
    says = ["`asking` (`other`, which may end as `ended` at once: `again`) → `asking`."]
    one = {"one": {"on": {"good": "lost", "late": "ended"}}}
    for length, found in (("P0D", says), ("P1D", [])):
        child = built(definition(one, {"one": step("good", length, "late")})).body
        assert rounds(opening("quick"), {"quick": child}) == found
    # Nobody knows what another process does that isn't there to be looked at.
    assert rounds(opening("quick")) == says
    # Nor does one end at once whose own child case takes time.
    assert rounds(opening("motion"), {"motion": load_library().current("motion").body}) == []


def test_by_way_of_a_lot_that_finds_nobody() -> None:
    states = {
        "drawing": {"on": {"good": "ended", "nobody": "one"}},
        "one": {"on": {"fine": "ended", "late": "drawing"}},
    }
    draw = {"role": "arbitrator", "on": "drawing", "title": "A", "policy": "4.1"}
    steps = {"drawing": step("good"), "one": step("fine", "P0D", "late")}
    data = definition(states, steps, draws={"arbiter": {**draw, "otherwise": "nobody"}})
    lot = "`drawing` (a lot that finds nobody: `nobody`)"
    assert rounds(data) == [f"{lot} → `one` ({NO_LENGTH}: `late`) → `drawing`."]


def test_by_way_of_a_grant_that_the_matrix_forbids() -> None:
    states = {
        "giving": {"on": {"good": "ended", "barred": "one"}},
        "one": {"on": {"fine": "ended", "late": "giving"}},
    }
    grant = {"person": "opener", "role": "tester", "authority": "case", "otherwise": "barred"}
    steps = {"giving": step("good"), "one": step("fine", "P0D", "late")}
    data = definition(states, steps, effects=[{"enter": "giving", "grant": grant}])
    assert len(rounds(data)) == 1


def test_the_regions_of_a_parallel_state_go_round_each_for_itself() -> None:
    regions = {
        "left": {"initial": "one", "states": {"one": {"on": {"good": "left_end", "late": "two"}},
                                              "two": {"on": {"fine": "left_end", "later": "one"}},
                                              "left_end": {"final": True}}},
        "right": {"initial": "three", "states": {"three": {"on": {"well": "right_end"}},
                                                 "right_end": {"final": True}}},
    }  # fmt: skip
    states = {"both": {"parallel": regions, "on": {"done": "ended"}}}
    steps = {"one": step("good", "P0D", "late"), "two": step("fine", "P0D", "later"),
             "three": step("well")}  # fmt: skip
    assert rounds(definition(states, steps)) == [
        f"`one` ({NO_LENGTH}: `late`) → `two` ({NO_LENGTH}: `later`) → `one`."
    ]
