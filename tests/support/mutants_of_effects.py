"""Mutants of what happens by itself: mails, grants and ends of roles and lists, child cases."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from definitions.organisation import load_organisation
from tests.support.changed_data import Data, Mutant, handled, having, leaves, people, without


def of_effects(data: Data) -> Iterator[Mutant]:
    """Yield every effect left out, done elsewhere, done to others or on another authority."""
    for index, effect in enumerate(data.get("effects", [])):
        (kind,) = set(effect) - {"enter", "leave", "repeated"}
        name = _named(data, index, kind)
        sort = "mail" if kind == "mail" else "effect"
        yield Mutant(sort, f"{name}: left out", without(data, "effects", index))
        if "repeated" in effect:
            yield Mutant("mail", f"{name}: each time", without(data, "effects", index, "repeated"))
        if kind == "mail":
            yield from _of_mail(data, index, name)
            continue
        for state in leaves(data["machine"]["states"]):
            if state != effect.get("enter"):
                changed = having(data, state, "effects", index, "enter")
                yield Mutant("effect", f"{name}: entering {state}", changed)
        if kind == "open":
            yield from _of_child(data, index, name)
        elif kind == "extend":
            yield from _of_extension(data, index, name)
        elif kind != "queue":
            yield from _of_change(data, index, name, kind)


def _named(data: Data, index: int, kind: str) -> str:
    effect = data["effects"][index]
    where = effect.get("enter") or effect.get("leave")
    spec = effect[kind]
    named = "role" if "role" in spec else "list" if "list" in spec else ""
    what = spec.get("as") or spec.get("step") or (_said(spec[named]) if named else "")
    what = f"{named} {what}".strip()
    check = "check " if spec.get("check") else ""
    repeated = "repeated " if "repeated" in effect else ""
    return f"{where}: {check}{repeated}{kind} {what}".strip()


def _said(what: Any) -> str:
    return str(what["field"]) if isinstance(what, dict) else str(what)


def _of_mail(data: Data, index: int, name: str) -> Iterator[Mutant]:
    to = data["effects"][index]["mail"]["to"]
    for number, recipient in enumerate(to if len(to) > 1 else []):
        ((kind, who),) = recipient.items()
        changed = without(data, "effects", index, "mail", "to", number)
        yield Mutant("mail", f"{name}: not to {kind} {who}", changed)


def _of_extension(data: Data, index: int, name: str) -> Iterator[Mutant]:
    """Yield a deadline of another step that is put off, and one that is put off by a month."""
    spec, place = data["effects"][index]["extend"], ("effects", index, "extend")
    for step, rules in data["steps"].items():
        if "deadline" in rules and step != spec["step"]:
            yield Mutant("effect", f"{name}: of {step}", having(data, step, *place, "step"))
    yield Mutant("effect", f"{name}: by P30D", having(data, "P30D", *place, "by"))


def _of_change(data: Data, index: int, name: str, kind: str) -> Iterator[Mutant]:
    """Yield a grant or an end for others, of something else, by another authority."""
    spec, place = data["effects"][index][kind], ("effects", index, kind)
    for person in people(data):
        if person != spec["person"]:
            yield Mutant("effect", f"{name}: of {person}", having(data, person, *place, "person"))
    what = "role" if "role" in spec else "list"
    for other in _others(data, what, spec[what], every=kind == "end"):
        changed = having(data, other, *place, what)
        yield Mutant("effect", f"{name}: {_said(other)} instead", changed)
    children = [e["open"]["as"] for e in data["effects"] if "open" in e]
    for authority in ("case", *children):
        if authority != spec["authority"]:
            changed = having(data, authority, *place, "authority")
            yield Mutant("effect", f"{name}: by authority of {authority}", changed)
    if kind == "grant":
        yield from _of_grant(data, index, name)


def _of_grant(data: Data, index: int, name: str) -> Iterator[Mutant]:
    """Yield a grant at other times, or only a check (or the other way), and other ways without."""
    effect, place = data["effects"][index], ("effects", index, "grant")
    for key, length in (("begins", "P30D"), ("lasts", "P1D")):
        if key in effect["grant"]:
            yield Mutant("effect", f"{name}: without {key}", without(data, *place, key))
        else:
            changed = having(data, length, *place, key)
            yield Mutant("effect", f"{name}: {key} {length}", changed)
    if effect["grant"].get("check"):
        yield Mutant("effect", f"{name}: and granted", without(data, *place, "check"))
    else:
        changed = having(data, True, *place, "check")  # noqa: FBT003 - a value
        yield Mutant("effect", f"{name}: only checked", changed)
    if "otherwise" not in effect["grant"]:
        return
    yield Mutant("effect", f"{name}: nothing otherwise", without(data, *place, "otherwise"))
    for event in handled(data, effect.get("enter", "")):
        if event != effect["grant"]["otherwise"]:
            changed = having(data, event, *place, "otherwise")
            yield Mutant("effect", f"{name}: otherwise {event}", changed)


def _others(data: Data, what: str, said: Any, *, every: bool) -> Iterator[Any]:
    """Yield other roles or lists: what other fields say, and one by name (or all, to end)."""
    organisation = load_organisation()
    known = [o.id for o in (organisation.roles if what == "role" else organisation.access_lists)]
    for name, field in data["start"]["fields"].items():
        choices = set(field.get("choices", ())) - {"none"}
        if choices and choices <= set(known) and said != {"field": name}:
            yield {"field": name}
    yield from (one for one in (known[0], *(["all"] if every else [])) if one != said)


def _of_child(data: Data, index: int, name: str) -> Iterator[Mutant]:
    """Yield a child case of another process, or one that isn't waited for."""
    spec, place = data["effects"][index]["open"], ("effects", index, "open")
    for other in dict.fromkeys(e["open"]["process"] for e in data["effects"] if "open" in e):
        if other != spec["process"]:
            changed = having(data, other, *place, "process")
            yield Mutant("effect", f"{name}: a case of {other}", changed)
    if spec.get("on"):
        yield Mutant("effect", f"{name}: not waited for", without(data, *place, "on"))
    yield from _of_ends(data, index, name)
    yield from _of_handing(data, index, name)


def _of_ends(data: Data, index: int, name: str) -> Iterator[Mutant]:
    """Yield a child case whose ends lead elsewhere, one of them or two swapped."""
    effect, place = data["effects"][index], ("effects", index, "open", "on")
    ways = effect["open"].get("on", {})
    for one, two in combinations(ways, 2):
        if ways[one] != ways[two]:
            changed = having(data, {**ways, one: ways[two], two: ways[one]}, *place)
            yield Mutant("effect", f"{name}: {one} and {two} swapped", changed)
    for end, event in ways.items():
        for other in handled(data, effect.get("enter", "")):
            if other != event:
                changed = having(data, other, *place, end)
                yield Mutant("effect", f"{name}: {end} sends {other}", changed)


def _of_handing(data: Data, index: int, name: str) -> Iterator[Mutant]:
    """Yield a child case that isn't told something, or told something else."""
    place = ("effects", index, "open", "with")
    for field, handed in data["effects"][index]["open"]["with"].items():
        yield Mutant("effect", f"{name}: not told {field}", without(data, *place, field))
        if "person" in handed:
            for person in people(data):
                if person != handed["person"]:
                    changed = having(data, {"person": person}, *place, field)
                    yield Mutant("effect", f"{name}: told {person} as {field}", changed)
        elif "text" not in handed:
            changed = having(data, {"choice": "none"}, *place, field)
            yield Mutant("effect", f"{name}: told none as {field}", changed)
