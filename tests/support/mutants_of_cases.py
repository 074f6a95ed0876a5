"""Mutants of who opens a case and with what, of its people, and of who sees it."""

from collections.abc import Iterator

from tests.support.changed_data import (
    Data,
    Mutant,
    adding,
    handled,
    having,
    leaves,
    people,
    without,
)

ANYBODY = "member"
_BY = {"judgement": "A mutant."}


def of_opening(data: Data) -> Iterator[Mutant]:
    """Yield who may open it, more of them or fewer, and what may be left out in the form."""
    start = data["start"]
    for index, role in enumerate(start["roles"]):
        yield Mutant("start", f"start: not by {role}", without(data, "start", "roles", index))
    if ANYBODY not in start["roles"]:
        yield Mutant("start", "start: by anybody", adding(data, ANYBODY, "start", "roles"))
    for index, process in enumerate(start.get("cases", ())):
        yield Mutant("start", f"start: not by {process}", without(data, "start", "cases", index))
    for field, choices in start.get("when", {}).items():
        yield from _of_choices(data, field, choices)
    for name, field in start["fields"].items():
        place = ("start", "fields", name)
        for key in ("required", "required_when"):
            if field.get(key):
                yield Mutant("form", f"form: {name} not {key}", without(data, *place, key))


def _of_choices(data: Data, field: str, choices: Data) -> Iterator[Mutant]:
    """Yield who may open it by what they choose."""
    place = ("start", "when", field)
    named = [n for n, spec in data["start"]["fields"].items() if spec["type"] == "person"]
    yield Mutant("start", f"when {field}: whatever is chosen", without(data, *place))
    for choice, by in choices.items():
        name = f"when {field} is {choice}"
        yield Mutant("start", f"{name}: by anybody of the roles", without(data, *place, choice))
        if len(by) > 1 and "person" in by:
            yield Mutant(
                "start", f"{name}: not by {by['person']}", without(data, *place, choice, "person")
            )
        if "team_of" in by:
            yield Mutant("start", f"{name}: of any team", without(data, *place, choice, "team_of"))
        for index, role in enumerate(by.get("roles", ())):
            changed = without(data, *place, choice, "roles", index)
            yield Mutant("start", f"{name}: not by {role}", changed)
        for person in named:
            if person != by.get("person"):
                changed = having(data, person, *place, choice, "person")
                yield Mutant("start", f"{name}: also by {person}", changed)
        for role in data["start"]["roles"]:
            if role not in by.get("roles", ()):
                changed = adding(data, role, *place, choice, "roles")
                yield Mutant("start", f"{name}: also by {role}", changed)


def of_people(data: Data) -> Iterator[Mutant]:
    """Yield people who aren't named, drawn or bound, or others of them."""
    for name in data.get("people", ()):
        yield Mutant("people", f"people: without {name}", without(data, "people", name))
    for name in data.get("draws", ()):
        yield from _of_draw(data, name)
    for name, bound in data.get("bound", {}).items():
        yield Mutant("bound", f"bound {name}: left out", without(data, "bound", name))
        seats = [(step, seat) for step, rules in data["steps"].items() for seat in rules["seats"]]
        for step, seat in seats:
            if (step, seat) != (bound["signer"], bound["seat"]):
                changed = having(data, {**bound, "signer": step, "seat": seat}, "bound", name)
                yield Mutant("bound", f"bound {name}: {seat} of {step}", changed)


def _of_draw(data: Data, name: str) -> Iterator[Mutant]:
    """Yield a lot that isn't cast, or among others, elsewhere, with another way without it."""
    draw, place = data["draws"][name], ("draws", name)
    yield Mutant("draw", f"draw {name}: left out", without(data, *place))
    yield Mutant("draw", f"draw {name}: of anybody", having(data, ANYBODY, *place, "role"))
    for index, person in enumerate(draw.get("not", ())):
        yield Mutant("draw", f"draw {name}: even {person}", without(data, *place, "not", index))
    for state in leaves(data["machine"]["states"]):
        if state != draw["on"] and state in data["steps"]:
            changed = having(data, state, *place, "on")
            yield Mutant("draw", f"draw {name}: entering {state}", changed)
    if "otherwise" not in draw:
        return
    yield Mutant("draw", f"draw {name}: nothing otherwise", without(data, *place, "otherwise"))
    for event in handled(data, draw["on"]):
        if event != draw["otherwise"]:
            changed = having(data, event, *place, "otherwise")
            yield Mutant("draw", f"draw {name}: otherwise {event}", changed)


def of_privacy(data: Data) -> Iterator[Mutant]:
    """Yield what is hidden and shouldn't be, shown and shouldn't be, or to others."""
    privacy = data.get("privacy", {})
    everything = {"fields": list(data["start"]["fields"]), "steps": list(data["steps"])}
    few = {"people": ["opener"], **_BY}
    if "case" in privacy:
        yield from _of_viewers(data, ("privacy", "case"), "the case")
    else:
        yield Mutant("privacy", "privacy: hides the case", having(data, few, "privacy", "case"))
    for part, names in everything.items():
        for name in names:
            place, told = ("privacy", part, name), f"{part.removesuffix('s')} {name}"
            if name in privacy.get(part, {}):
                yield from _of_viewers(data, place, told)
            else:
                yield Mutant("privacy", f"privacy: hides {told}", having(data, few, *place))


def _of_viewers(data: Data, place: tuple[str, ...], told: str) -> Iterator[Mutant]:
    viewers = data
    for key in place:
        viewers = viewers[key]
    yield Mutant("privacy", f"privacy: shows {told}", without(data, *place))
    for key, everybody in (("people", people(data)), ("roles", [ANYBODY])):
        for index, who in enumerate(viewers.get(key, ())):
            yield Mutant(
                "privacy", f"privacy: {told} not for {who}", without(data, *place, key, index)
            )
        for who in everybody:
            if who not in viewers.get(key, ()):
                yield Mutant(
                    "privacy", f"privacy: {told} also for {who}", adding(data, who, *place, key)
                )
    if not viewers.get("signers"):
        changed = having(data, True, *place, "signers")  # noqa: FBT003 - a value
        yield Mutant("privacy", f"privacy: {told} also for signers", changed)
