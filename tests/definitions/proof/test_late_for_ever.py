"""Where time alone has a case caught, the proof says so; and nowhere else.

It takes the worst: that a deadline which goes on has passed wherever its step opens again. Here
small machines are gone through with every moment at which it may pass.
"""

from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from statemachine.exceptions import InvalidDefinition

from definitions.proof import prove
from tests.support.examples import examples
from tests.support.timed_case import timed

NAMES = ("one", "two", "three")
CAUGHT = "A case can be caught"


@st.composite
def machines(draw: Any) -> dict[str, dict[str, Any]]:
    """Draw of each step where its outcomes lead, where its deadline, and whether that goes on."""
    names = NAMES[: draw(st.integers(2, 3))]
    target = st.sampled_from([*names, *names, "ended"])
    return {
        name: {
            "to": draw(st.lists(target, min_size=1, max_size=2, unique=True)),
            "late": draw(target | st.none()),
            "goes_on": draw(st.booleans()),
        }
        for name in names
    }


def definition(machine: dict[str, dict[str, Any]]) -> dict[str, Any]:
    states: dict[str, Any] = {"ended": {"final": True}}
    steps: dict[str, Any] = {}
    for name, spec in machine.items():
        on = {f"{name}_{n}": to for n, to in enumerate(spec["to"])}
        steps[name] = {
            "title": name,
            "policy": "4.1",
            "seats": {"seat": {"role": "member"}},
            "outcomes": {f"out-{n}": {"event": f"{name}_{n}"} for n in range(len(on))},
        }
        if spec["late"] is not None:
            on[f"{name}_late"] = spec["late"]
            deadline = {"after": "P2D", "event": f"{name}_late", "goes_on": spec["goes_on"]}
            steps[name]["deadline"] = deadline
        states[name] = {"on": on}
    topic = {"type": "string", "title": "Topic", "required": True}
    return {
        "process": "drawn", "title": "Drawn", "summary": "Drawn", "policy": ["4.1"],
        "number": "y", "rules": 1, "start": {"roles": ["member"], "fields": {"topic": topic}},
        "machine": {"initial": "one", "states": states}, "steps": steps,
    }  # fmt: skip


At = tuple[str, frozenset[str], frozenset[str], bool]
"""Which step is open, which were opened whose deadline goes on, whose has passed, and whether it
had when the step opened: then nothing but that happens there."""


def caught(machine: dict[str, dict[str, Any]]) -> bool:
    """Say whether there is a moment from which no end can be reached."""

    def entered(to: str, opened: frozenset[str], passed: frozenset[str]) -> At:
        goes_on = to != "ended" and machine[to]["goes_on"] and machine[to]["late"] is not None
        return to, opened | {to} if goes_on else opened, passed, to in passed

    def after(at: At) -> list[At]:
        """Return what people and the clock can do now, without that any time passes before."""
        name, opened, passed, late = at
        if name == "ended":
            return []
        spec = machine[name]
        way = [spec["late"]] if late else [*spec["to"]]
        moved = [entered(to, opened, passed) for to in way]
        if not late and spec["late"] is not None:
            moved.append(entered(spec["late"], opened, passed | ({name} & opened)))
        return moved

    def later(at: At) -> list[At]:
        """Return how it stands when the time of any step has passed that isn't open."""
        name, opened, passed, late = at
        return [] if late else [(name, opened, passed | {one}, late) for one in opened - {name}]

    begin = entered("one", frozenset(), frozenset())
    seen, todo = {begin}, [begin]
    while todo:
        at = todo.pop()
        more = {*after(at), *later(at)} - seen
        seen |= more
        todo += more
    good = {at for at in seen if at[0] == "ended"}
    while more := {at for at in seen - good if good & set(after(at))}:
        good |= more
    return bool(seen - good)


@settings(max_examples=examples(80, 500), deadline=None, suppress_health_check=list(HealthCheck))
@given(machine=machines())
def test_the_proof_finds_what_going_through_all_moments_finds(
    machine: dict[str, dict[str, Any]],
) -> None:
    try:
        found = prove(timed(definition(machine))).findings
    except InvalidDefinition:  # the library finds that itself
        assume(False)  # noqa: FBT003 - that is how one assumes
    said = any(finding.sentence.startswith(CAUGHT) for finding in found)
    assert said == caught(machine)


def test_some_are_caught_and_some_are_not() -> None:
    """The oracle tells a deadline that goes on from one that begins anew, and where it leads."""
    review: dict[str, Any] = {"to": ["two", "ended"], "late": "two", "goes_on": True}
    machine = {"one": review, "two": {"to": ["one"], "late": None, "goes_on": False}}
    assert caught(machine)
    assert not caught({**machine, "one": {**review, "goes_on": False}})
    assert not caught({**machine, "one": {**review, "late": "ended"}})
