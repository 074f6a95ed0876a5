"""Draws what stands in a definition and makes no difference to what is proved of it.

Words, what is typed while signing, who sees what, how people are told: the proof must say the same
with it and without.
"""

from collections.abc import Callable
from typing import Any, Protocol

BOTH = {"en": "Words", "de": "Worte"}
KINDS = ("string", "text", "choice", "person", "attestation", "packages", "patch", "file")
SOMEBODY = ("systems-administrator", "tester")


class Drawn(Protocol):
    """What is drawn on: see `whole_definitions.Drawing`."""

    data: dict[str, Any]
    waits: list[str]

    def one(self, *options: Any) -> Any:
        """Draw one of these."""

    def often(self, of: int = 2) -> bool:
        """Say yes once in so many draws."""


def _field(drawing: Drawn) -> dict[str, Any]:
    """Draw a field that may be left empty."""
    kind = drawing.one(*KINDS)
    more: dict[str, Any] = {
        "string": {"max": 80}, "text": {"max": 400}, "choice": {"choices": {"a": "A", "b": BOTH}},
        "patch": {"max": 9000}, "file": {"kinds": ["application/pdf"], "max": 9000},
    }  # fmt: skip
    rest = drawing.one({}, {"hint": "So"}, {"hint": BOTH}, {"required": False})
    return {"type": kind, "title": drawing.one("A", BOTH), **more.get(kind, {}), **rest}


def _form(drawing: Drawn) -> None:
    start = drawing.data["start"]
    start["fields"]["more"] = _field(drawing)
    if drawing.often(4):
        start["fields"]["why"] = {"type": "text", "title": "Why", "required_when": {"risk": "high"}}
    if drawing.often(3):
        start["policy"] = "7.2"
    if drawing.often(6):
        start["cases"] = ["other"]


def _words(drawing: Drawn) -> None:
    data = drawing.data
    for part in (data, *data["steps"].values(), *data["people"].values()):
        part["title"] = drawing.one("Drawn", BOTH)
    data["summary"] = drawing.one("Drawn", BOTH)
    for part in (*data.get("draws", {}).values(), *data.get("bound", {}).values()):
        part["title"] = drawing.one("Drawn", BOTH)
    for end in ("ended", "refused"):
        data["machine"]["states"][end] |= drawing.one(
            {}, {"title": "End"}, {"title": BOTH}, *({"outcome": o} for o in ("good", "bad"))
        )
        if drawing.often(3):
            data["machine"]["states"][end]["outcome"] = "neutral"
    for invariant in data["invariants"]:
        invariant.update(drawing.one({}, {"title": "It holds"}, {"title": BOTH}))
        if drawing.often(3):
            invariant.pop("firm", None)
            invariant["waivable"] = True


def _effects(drawing: Drawn) -> None:
    for effect in drawing.data["effects"]:
        if "mail" in effect:
            effect["mail"] |= drawing.one({}, {"subject": BOTH}, {"text": BOTH})
        if "queue" in effect:
            effect["queue"]["text"] = drawing.one("{number}", BOTH)
        for handed in effect.get("open", {}).get("with", {}).values():
            if "text" in handed:
                handed["text"] = drawing.one("{number}", BOTH)


def _steps(drawing: Drawn) -> None:
    for step in drawing.data["steps"].values():
        for key in ("verb", "summary"):
            if drawing.often(3):
                step[key] = drawing.one("Do it", BOTH)
        if "vote" not in step:
            step["evidence"] = {"said": _field(drawing)} if drawing.often(2) else {}
            step["evidence"] |= drawing.one(
                {}, {"sure": {"type": "attestation", "title": "Sure", "required": True}}
            )
        if drawing.often(3):
            step["auth"] = {"within": "PT12H"}
        for index, outcome in enumerate(step["outcomes"].values()):
            outcome.update(drawing.one({}, {"title": "So"}, {"title": BOTH}))
            outcome.update(drawing.one({}, {"leads": "It goes on"}, {"leads": BOTH}))
            if "vote" not in step:
                outcome["comment"] = drawing.one("required", "optional")
                outcome["evidence"] = drawing.one("required", *["optional"] * index)
        _seats(drawing, step)


def _seats(drawing: Drawn, step: dict[str, Any]) -> None:
    for seat in step["seats"].values():
        seat.update(drawing.one({}, {"title": "Seat"}, {"title": BOTH}, {"policy": "7.4"}))
        seat.update(drawing.one({}, {}, {"link": False}, {"link": {"with": "sign-in"}}))
        if drawing.often(4) and "auth" not in step:
            seat["link"] = True


def _privacy(drawing: Drawn) -> None:
    data = drawing.data
    if drawing.often(2) or any(s.get("link") is True for s in _all_seats(data)):
        return
    right = drawing.one({"policy": "9.5"}, {"judgement": "It is nobody's business."})
    viewers = {"roles": ["arbitrator"], "people": ["opener"], **right}
    privacy: dict[str, Any] = {"case": viewers | {"signers": True}} if drawing.often(3) else {}
    if data["steps"] and drawing.often(2):
        privacy["steps"] = {next(iter(data["steps"])): viewers}
    if drawing.often(2):
        privacy["fields"] = {"more": viewers}
    data["privacy"] = privacy
    seen = {"people": ["opener"], "roles": ["arbitrator"]}
    names = [*privacy.get("steps", ()), *privacy.get("fields", ())]
    if names and "case" not in privacy:
        say = {"policy": "9.5", "firm": True}
        data["invariants"].append({"title": "Private", "private": names, "seen": seen, **say})
        data["invariants"].append({"title": "Public", "public": "rest", **say})


def _published(drawing: Drawn) -> None:
    """Publish what nothing hides; as it was drawn already, so that nothing else is drawn anew."""
    data = drawing.data
    if "case" not in data.get("privacy", {}):
        data["publishes"] = {
            "as": "drawn", "title": data["title"], "summary": data["summary"],
            "when": ["ended"], "shows": [next(iter(data["start"]["fields"]))], "policy": "9.5",
        }  # fmt: skip


def _all_seats(data: dict[str, Any]) -> list[dict[str, Any]]:
    return [seat for step in data["steps"].values() for seat in step["seats"].values()]


def _opened(drawing: Drawn) -> None:
    """Say who opens the case: what the file says, whatever happens."""
    start = drawing.data["start"]
    who = drawing.one({}, {"person": "who"}, {"team_of": "who"}, {"head_of": "risk"})
    if drawing.often(3):
        by: dict[str, Any] = {"roles": list(start["roles"]), **who}
        drawing.data["invariants"].append(
            {"title": "Opened", "opened": by, "policy": "4.1", "firm": True}
        )


def _ballots(drawing: Drawn) -> None:
    for name, step in drawing.data["steps"].items():
        if "vote" not in step:
            continue
        ballot = step["vote"]
        if not ballot["early"] and drawing.often(2):
            ballot["proxy"] = True
        if ballot["majority"] == "1/2" and drawing.often(3):
            ballot["casting"] = "arbitrator"
        ballot["report"] = drawing.one([], [{"list": "board-list"}])
        if drawing.often(2):
            area = {"type": "choice", "title": "Area", "choices": {"support-engineer": "Support"}}
            drawing.data["start"]["fields"]["area"] = area
            ballot["active"] = drawing.one("area", ["area"])
            drawing.data["invariants"].append(
                {"title": "Abstain", "never": {"active": "area", "in": [name]},
                 "policy": "9.1.5", "firm": True}
            )  # fmt: skip


def _opened_by_ruling(drawing: Drawn) -> dict[str, Any]:
    kinds = ("authorise", "override", "suspend", "resume", "close", "bind", "reinstate")
    told = ("number", "about", "sentence", "scope", "reasons", "judge")
    bound = drawing.one({}, {"person": "who", "task": "what"})
    return {
        "for": ["bind"] if bound else [drawing.one(*kinds)],
        "process": "other",
        "as": "note",
        "with": {"ruling": drawing.one(*told), **bound},
    }


def _ruling(drawing: Drawn) -> None:
    """Say that such a case can rest, and that in it others are ruled on: both prove nothing."""
    if drawing.often(3):
        rulings = drawing.data.setdefault("rulings", {})
        rulings["suspend"] = drawing.often(2)
        if rulings["suspend"] and "close" in rulings:  # drawn already, so nothing is drawn anew
            rulings["reinstate"] = list(rulings["close"])
    if drawing.often(3):
        drawing.data["arbitrates"] = {
            "people": ["opener"],
            "role": "arbitrator",
            "not": drawing.one([], list(drawing.data["people"])),
            "during": drawing.waits[:1],
            "tell": drawing.one([], ["board-list"]),
            "opens": drawing.one([], [_opened_by_ruling(drawing)]),
            "policy": "9.1.1",
        }


def _schedule(drawing: Drawn) -> None:
    """Let cases open by themselves too, for one of those who may open them."""
    start, given = drawing.data["start"], {}
    for name, one in start["fields"].items():
        if one["type"] == "choice" and one.get("required"):
            given[name] = {"choice": drawing.one(*one["choices"])}
        elif one["type"] == "string" and one.get("required"):
            given[name] = {"text": drawing.one("So", BOTH)}
        elif one.get("required") or "required_when" in one:
            return
    if not start.get("when") and drawing.often(2):
        start["schedule"] = {
            "months": drawing.one([1], [1, 7]),
            "day": drawing.one(1, 28),
            "at": "06:00",
            "opener": drawing.one(*start["roles"]),
            "with": given,
        }


def _named(drawing: Drawn) -> None:
    """Let the form name another case, and keep people of it: who they are, no path depends on."""
    if drawing.often(3):
        field = {"type": "case", "title": "About", "processes": ["other"]}
        field |= drawing.one({}, {"decided": True}, {"decided": False})
        field |= drawing.one({}, {"offer": "Ask again"}, {"offer": BOTH})
        drawing.data["start"]["fields"]["about"] = field
        if drawing.often(2):
            earlier = {"from": "about", "of": ["opener"], "title": drawing.one("Earlier", BOTH)}
            drawing.data["people"]["earlier"] = earlier | drawing.one({}, {"policy": "9.1.1"})


def _attached(drawing: Drawn) -> None:
    if "case" in drawing.data.get("privacy", {}):
        return
    for effect in drawing.data["effects"]:
        if "mail" in effect and drawing.often(3):
            effect["mail"]["attach"] = "document"


_ALL: tuple[Callable[[Drawn], None], ...] = (
    _form, _words, _effects, _steps, _privacy, _published, _opened, _ballots, _ruling,
    _schedule, _named, _attached,
)  # fmt: skip


def decorate(drawing: Drawn) -> None:
    """Draw all of it onto a definition."""
    for part in _ALL:
        part(drawing)
