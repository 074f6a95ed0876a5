"""What the small definitions that are drawn have in common: a form, waiting states, ends."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

ROLE, OTHER = "systems-administrator", "tester"
RISK = {"low": "Low", "high": "High"}
CHILD_ENDS = {"kept": "good", "left": "bad"}
LONG = "P400D"
"""Of a vote: whatever else happens in a small case, its members may still vote."""


@dataclass
class Drawing:
    """A definition as it is being drawn: `below` draws a number below another, hypothesis' or not.

    Attributes:
        waits: the waiting states in their order, and after which event which follows.
    """

    below: Callable[[int], int]
    data: dict[str, Any]
    waits: list[str] = field(default_factory=lambda: ["s0"])

    def one(self, *options: Any) -> Any:
        """Draw one of these."""
        return options[self.below(len(options))]

    def often(self, of: int = 2) -> bool:
        """Say yes once in so many draws."""
        return self.below(of) == 0

    def step(self, name: str) -> Any:
        """Return a step."""
        return self.data["steps"][name]

    def invariant(self, **said: Any) -> None:
        """Add an invariant."""
        self.data["invariants"].append({"policy": "4.1", "firm": True} | said)


def signed(name: str, **changes: Any) -> dict[str, Any]:
    """Return a step with one seat."""
    return {
        "title": name,
        "policy": "4.1",
        "seats": {"seat0": {"role": ROLE}},
        "outcomes": {"good": {"event": f"{name}_good"}, "bad": {"event": f"{name}_bad"}},
        "covers": {"fields": ["risk", "who"]},
    } | changes


def begun(drawing: Drawing) -> None:
    """Begin with what every definition has."""
    drawing.data |= {
        "process": "drawn", "title": "Drawn", "summary": "Drawn", "policy": ["4.1"],
        "number": "y", "rules": 1,
        "start": {
            "roles": ["member"],
            "fields": {
                "topic": {"type": "string", "title": "Topic", "required": True},
                "risk": {"type": "choice", "title": "Risk", "required": True, "choices": RISK},
                "who": {"type": "person", "title": "Who"},
            },
        },
        "people": {drawing.one("author", "subject", "witness"): {"from": "who", "title": "Who"}},
        "steps": {"s0": signed("s0")},
        "effects": [],
        "invariants": [],
    }  # fmt: skip


def row(drawing: Drawing) -> None:
    """Let the waiting states follow each other, or lead back to the first."""
    back = drawing.one("refused", drawing.waits[0])
    states: dict[str, Any] = {}
    for index, name in enumerate(drawing.waits):
        after = [*drawing.waits, "ended"][index + 1]
        bad = back if index else "refused"
        states[name] = {"on": {f"{name}_good": after, f"{name}_bad": bad}}
    machine(drawing, drawing.waits[0], states)


def machine(drawing: Drawing, initial: str, states: dict[str, Any]) -> None:
    ends = {"ended": {"final": True}, "refused": {"final": True}}
    drawing.data["machine"] = {"initial": initial, "states": {**states, **ends}}


def second(drawing: Drawing, **changes: Any) -> dict[str, Any]:
    """Add a second waiting state."""
    drawing.waits = ["s0", "s1"]
    drawing.data["steps"]["s1"] = signed("s1", **changes)
    return drawing.data["steps"]["s1"]  # type: ignore[no-any-return]


def leads(drawing: Drawing, name: str, event: str, *to: str) -> None:
    """Let an event that a waiting state sends lead somewhere."""
    waiting_at(drawing.data["machine"]["states"], name)["on"][event] = drawing.one(*to)


def waiting_at(states: Mapping[str, Any], name: str) -> Any:
    for key, state in states.items():
        inner = {**state.get("states", {}), **state.get("parallel", {})}
        found = state if key == name else waiting_at(inner, name)
        if found is not None:
            return found
    return None
