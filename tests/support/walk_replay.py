"""Plays a counterexample's walk by the rules alone, as `countersign walk --file` plays it whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from definitions.definition import Definition
from definitions.model import duration
from definitions.organisation import load_organisation
from definitions.proof.cast import community
from definitions.reading import read_yaml_bytes
from definitions.refusals import Refusal
from definitions.rules import why_not
from definitions.rules.changes import DeedDue
from definitions.rules.naming import naming_fields
from definitions.rules.opening import leaders_of
from definitions.state import CaseState
from tests.support.playing import PACKAGES, Play, often, patch_value

_OTHER_PACKAGES: Any = {"packages": [{**PACKAGES["packages"][0], "name": "curl"}]}


@dataclass(frozen=True)
class Replayed:
    """How far a walk came.

    Attributes:
        stopped_at: the step of the story (from 0) that was refused or not met, None if none was.
        what: its name; `why` the refusal's code, or where the case stands instead.
        deeds: what the case had done until then; `mailed` to which lists it had written, each time.
        state: where it stood then.
    """

    stopped_at: int | None = None
    what: str = ""
    why: str = ""
    deeds: tuple[DeedDue, ...] = ()
    mailed: tuple[str, ...] = ()
    state: CaseState | None = None


def replay(definition: Definition, walk: str) -> Replayed:
    """Play a walk at a definition."""
    data: Any = read_yaml_bytes(walk.encode(), name="walk.yaml")[0]
    players, uploads = community()
    roles = {p.name: tuple(sorted(p.roles)) for p in players}
    for line in walk.splitlines():
        if "  # invented" in line:
            name, _, held = line.strip().partition(":")
            roles[name] = ("member", *held.rpartition(": ")[2].split(", "))
    more = {"bodies": _bodies(roles), "repeats": often(definition)}
    play = Play(definition, roles, reversed=False, more=more)
    looked: dict[Any, dict[str, Any]] = {}
    always = dict(play.more)
    authors = {str(upload["file"]): tuple(upload["authors"]) for upload in uploads}
    for number, step in enumerate(data["story"]):
        ((what, told),) = step.items()
        why = _played(play, what, told, authors, looked)
        if why is not None:
            return _replayed(play, number, what, why)
        if what != "excluded":
            play.more = dict(always)
    return _replayed(play)


def _replayed(play: Play, number: int | None = None, what: str = "", why: str = "") -> Replayed:
    return Replayed(number, what, why, tuple(play.deeds), tuple(play.mailed), play.state)


def _bodies(roles: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {
        body.id: tuple(who for who, held in roles.items() if body.member in held)
        for body in load_organisation().bodies
    }


def _forbidden(definition: Definition, event: str) -> dict[str, str]:
    """Return the facts by which the grants are forbidden that lead on by this event."""
    return {
        f"enter-{effect.enter}-{number}": "It is forbidden."
        for number, effect in enumerate(definition.body.effects)
        if effect.grant is not None and effect.grant.otherwise == event
    }


def _played(
    play: Play, what: str, told: Any, authors: dict[str, tuple[str, ...]], looked: dict[Any, Any]
) -> str | None:
    if what == "look":
        return _looked(play, told, looked)
    if what == "pass-time":
        play.wait(seconds=duration(told).total_seconds())
        return None
    if what == "expect":
        at = [play.case.ended] if play.case.ended else list(play.case.configuration)
        return None if told["state"] in at else " ".join(map(str, at))
    if what == "excluded":
        known = play.more.get("conflicts", {})
        play.more = play.more | {"conflicts": known | _forbidden(play.definition, told["event"])}
        return None
    if what == "rule":
        ruled = play.rule(told)
        return ruled.code if isinstance(ruled, Refusal) else None
    if play.state and what not in {"draw", "child"}:
        play.wait(minutes=1)
    if what in {"draw", "child", "vote"}:
        return _happened(play, what, told)
    form = looked.pop((told["by"], told.get("step")), {})
    answer = _acted(play, what, told, authors, form)
    return answer.code if isinstance(answer, Refusal) else None


def _happened(play: Play, what: str, told: Any) -> str | None:
    if what == "draw":
        at = play.case.draws.get(told["person"])
        play.now = max(play.now, datetime.fromisoformat(at.due)) if at else play.now
        drawn = [told["by"]] if "by" in told else []
        role = play.definition.body.draws[told["person"]].role
        if not all(role in play.roles[who] for who in drawn):
            return "not-of-the-role"
        answer = play.lot(told["person"], *drawn)
        if drawn and not isinstance(answer, Refusal):
            there = play.case.people[told["person"]]
            return None if there == (told["by"],) else "not-drawn"
    elif what == "child":
        answer = play.child(told["name"], told["ends"])
    else:
        answer = play.vote(told["by"], told["step"], told["choice"])
    return answer.code if isinstance(answer, Refusal) else None


def _by(file: str) -> tuple[str, ...]:
    """Return who wrote a patch that only its name says: `by-a-and-b.patch`; nobody we know else."""
    if file == "by-an-outsider.patch":
        return ()
    return tuple(file.removeprefix("by-").removesuffix(".patch").split("-and-"))


def _looked(play: Play, told: Any, looked: dict[Any, Any]) -> str | None:
    """Keep what a form shows; who couldn't sign it isn't given the form."""
    who, step = told["by"], told["step"]
    refusal = why_not(play.definition, play.case, step, told["seat"], who, play.roles[who])
    if refusal is None:
        made = play.act("sign_off", who, step=step)
        looked[who, step] = {"shown": made.shown, "instance": made.instance}
    return refusal.code if refusal else None


def _acted(
    play: Play, what: str, told: Any, authors: dict[str, tuple[str, ...]], form: dict[str, Any]
) -> Any:
    fields = dict(told.get("fields", {}))
    # Whoever opens a case leads a team of everybody: the rules alone know no directory.
    people: dict[str, tuple[str, ...]] = {leaders_of(name): (told["by"],) for name in fields}
    if "patch" in fields:
        people["author"] = authors.get(fields["patch"]) or _by(fields["patch"])
        fields["patch"] = patch_value("somebody@example.org")
    if "packages" in fields:
        fields["packages"] = _OTHER_PACKAGES if "curl" in fields["packages"] else PACKAGES
    for name in naming_fields(play.definition):
        if name in fields:
            bound = play.definition.body.people.items()
            named = tuple(fields[name]["people"])
            people |= {one: named for one, person in bound if person.from_ == name}
            fields[name] = "a20260301.1"
            play.more = play.more | {"cases": {name: {"case": "case-0", "number": fields[name]}}}
    match what:
        case "open":
            return play.open(told["by"], fields, people)
        case "amend":
            return play.amend(told["by"], fields, people)
        case "sign":
            return play.sign(
                told["by"], told["step"], told["seat"], told["outcome"], fields, **form
            )
        case _:
            about = {key: told[key] for key in ("step", "seat") if key in told}
            return play.tell(what, told["by"], {"comment": told["text"]}, **about)
