"""Draws small definitions: one to four steps, some side by side, with all kinds of seats."""

from typing import Any

from hypothesis import strategies as st

from definitions.definition import Definition

ROLES = ("systems-administrator", "software-assessor", "tester", "arbitrator")
FIELDS = ("topic", "risk", "who")

_roles = st.sampled_from(ROLES)


@st.composite
def _exclusions(draw: Any, steps: list[str], name: str) -> list[Any]:
    others = [step for step in steps if step != name]
    kinds: list[Any] = ["opener", "author", {"person": "author", "policy": "7.4"}]
    kinds += [{"signers": step} for step in others]
    kinds += [{"signers": step, "rounds": "all"} for step in others]
    kinds += [{"holders": role} for role in ROLES[:2]]
    wanted = st.lists(st.sampled_from(kinds), max_size=2, unique_by=str)
    return draw(st.just([]) | wanted)  # type: ignore[no-any-return]


@st.composite
def _seats(draw: Any, steps: list[str], name: str) -> dict[str, Any]:
    seats: dict[str, Any] = {}
    for index in range(draw(st.sampled_from([1, 1, 2]))):
        excluded = draw(_exclusions(steps, name))
        few = draw(st.integers(0, 1)) if index else 1  # the first seat is always there
        count = draw(st.sampled_from([1, 1, 1, 2, {"by": "risk", "low": few, "high": 2}]))
        seat: dict[str, Any] = {"role": draw(_roles), "count": count, "not": excluded}
        if draw(st.booleans()):
            seat["or"] = [draw(_roles)]
        if draw(st.integers(0, 5)) == 0:
            seat = {"person": "opener", "allow": [{"person": "author", "judgement": "drawn"}]}
        elif draw(st.integers(0, 3)) == 0 and not {"author"} & {str(e) for e in excluded}:
            seat["not"] = [e for e in excluded if not isinstance(e, dict) or "person" not in e]
            seat["allow"] = [{"person": "author", "policy": "7.4"}]
        if steps.index(name) and draw(st.integers(0, 5)) == 0:
            seat["same"] = {"signer": steps[0]}
        seats[f"seat{index}"] = seat
    return seats


@st.composite
def _step(draw: Any, steps: list[str], name: str) -> dict[str, Any]:
    step: dict[str, Any] = {
        "title": name,
        "policy": "4.1",
        "seats": draw(_seats(steps, name)),
        "outcomes": {
            "good": {"event": f"{name}_good"},
            "bad": {
                "event": f"{name}_bad",
                "comment": draw(st.sampled_from(["required", "optional"])),
                "at": draw(st.sampled_from(["once", "all"])),
            },
        },
    }
    if len(step["seats"]) > 1 and draw(st.booleans()):
        step["need"] = [[seat] for seat in step["seats"]]
    deadline = draw(st.sampled_from([None, "event", "tell"]))
    if deadline:
        what = {"event": f"{name}_late"} if deadline == "event" else {"tell": [{"role": ROLES[0]}]}
        step["deadline"] = {"after": draw(st.sampled_from(["P2D", "P4D"])), **what}
        step["reminders"] = draw(st.sampled_from([[], ["P1D"], ["PT6H", "P1D"]]))
    covered = draw(st.sampled_from([[*FIELDS], [*FIELDS], [*FIELDS], ["risk", "who"], None, []]))
    if covered is not None:
        before = steps[: steps.index(name) + 1]
        step["covers"] = {"fields": covered}
        if draw(st.integers(0, 3)):
            step["covers"]["reopen"] = draw(st.sampled_from(before))
    return step


@st.composite
def branching(draw: Any, target: str, others: Any) -> Any:
    """Draw a target: mostly this one, now and then another one where much is at risk."""
    if draw(st.integers(0, 3)):
        return target
    return {"by": "risk", "low": target, "high": draw(others)}


@st.composite
def _invariants(draw: Any, steps: list[str]) -> list[dict[str, Any]]:
    """Draw some about several states, or that any of several things meets: the proof remembers."""
    some = {"policy": "4.1", "firm": True}
    enough = [
        {"signed": {"role": draw(_roles)}},
        {"signed": {"person": "opener"}, "outcome": "good"},
        {"people": 2, "in": steps},
    ]
    about = draw(st.sampled_from([{}, {"about": ["topic"]}, {"about": ["risk", "who"]}]))
    kinds = [
        {"before": ["ended", "refused"], "any_of": enough[: draw(st.integers(2, 3))], **about},
        {"before": steps[-1:], "any_of": enough[1:]},
        {"after": steps, "always": "ended"},
        {"ended": ["refused", steps[-1]]},
        {"only": steps, "reaches": ["ended", "refused"]},
    ]
    wanted = draw(st.lists(st.sampled_from(kinds), max_size=2, unique_by=str))
    return [{**one, **some} for one in wanted]


def _region(name: str, after: str, step: dict[str, Any]) -> dict[str, Any]:
    on = {f"{name}_good": after}
    if (step.get("deadline") or {}).get("event"):
        on[f"{name}_late"] = after
    return on


@st.composite
def small_definitions(draw: Any) -> dict[str, Any]:
    """Draw the plain data of a definition; the checks may still find something in it."""
    steps = [f"s{index}" for index in range(draw(st.sampled_from([3, 4, 3, 4, 2, 1])))]
    made = {name: draw(_step(steps, name)) for name in steps}
    pair = draw(st.integers(0, len(steps) - 2)) if len(steps) > 1 and draw(st.booleans()) else None
    states: dict[str, Any] = {}
    top = [
        "both" if pair == index else name
        for index, name in enumerate(steps)
        if pair is None or index != pair + 1
    ]
    for position, name in enumerate(top):
        after = top[position + 1] if position + 1 < len(top) else "ended"
        later = st.sampled_from([*top, "ended", "refused"])
        bad = draw(branching("refused", later))
        if name != "both":
            on = _region(name, after, made[name])
            on[f"{name}_good"] = draw(branching(after, later))
            states[name] = {"on": on | {f"{name}_bad": bad}}
            continue
        inner = steps[pair or 0 : (pair or 0) + 2]
        states["both"] = {
            "parallel": {
                f"region_{each}": {
                    "initial": each,
                    "states": {
                        each: {"on": _region(each, f"{each}_end", made[each])},
                        f"{each}_end": {"final": True},
                    },
                }
                for each in inner
            },
            "on": {"done": after} | {f"{each}_bad": bad for each in inner},
        }
    return {
        "process": "drawn",
        "title": "Drawn",
        "summary": "Drawn",
        "policy": ["4.1"],
        "number": "y",
        "rules": 1,
        "start": {
            "roles": ["member"],
            "fields": {
                "topic": {"type": "string", "title": "Topic", "required": True},
                "risk": {
                    "type": "choice",
                    "title": "Risk",
                    "required": True,
                    "choices": {"low": "Low", "high": "High"},
                },
                "who": {"type": "person", "title": "Who"},
            },
        },
        "people": {"author": {"from": "who", "title": "Author"}},
        "machine": {
            "initial": top[0],
            "states": {**states, "ended": {"final": True}, "refused": {"final": True},
                       "withdrawn": {"final": True}},
        },
        "steps": made,
        "amend": {"fields": [*FIELDS], "during": top},
        "withdraw": {"during": [top[0]], "to": "withdrawn"},
        "effects": [
            {"enter": name, "mail": {"to": [{"person": "opener"}], "subject": "s", "text": "t"}}
            for name in (*top, "ended")
        ],
        "invariants": draw(_invariants(steps)),
    }  # fmt: skip


def built(data: dict[str, Any]) -> Definition:
    """Return the definition of drawn data."""
    return Definition.build(data, {})
