"""Writes a path of the proof as a walk, which `countersign walk --file` plays."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from definitions.branching import UNANSWERED
from definitions.model import FieldSpec, LengthBy, duration, duration_text
from definitions.organisation import load_organisation
from definitions.proof.cast import (
    NOTHING_MORE,
    Needs,
    Player,
    Scene,
    cast,
    chosen,
    community,
    scenes,
)
from definitions.proof.happening import Next
from definitions.proof.plan import Plan
from definitions.proof.roles import together
from definitions.proof.ways import OPEN, OVERDUE, Place
from definitions.rules.counting import count
from definitions.rules.opening import OPENER
from definitions.state import Vote, VoteState
from definitions.voting import AYE, CARRIED, LOST, NAYE, Ballot

_APT = "jq/oldstable-security 1.6-2.1+deb12u3 amd64 [upgradable from: 1.6-2.1+deb12u1]"
_APT_AMENDED = "curl/stable 7.88.1-15 amd64 [upgradable from: 7.88.1-14]"
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.@ -]*[A-Za-z0-9]|[A-Za-z]")
_ELSEWHERE = (
    "# What this case's people don't do themselves: `child` says how a case ended that this one",
    "# opened, `draw` on whom the lot fell (on nobody, without `by`), `excluded` which event the",
    "# exclusivity matrix has sent with what comes next.",
)
_WORDS = {"true", "false", "null", "yes", "no", "on", "off"}


def walk(
    plan: Plan,
    path: Sequence[Next],
    *,
    name: str,
    title: str,
    ends_at: str | None,
    needs: Needs = NOTHING_MORE,
    looks: Mapping[int, Sequence[int]] = MappingProxyType({}),
) -> str:
    """Return the walk as YAML.

    Args:
        path: from the opening to the act that breaks something.
        name: the walk's name, plain.
        ends_at: the state in which the case then stands; None leaves it out.
        needs: what its people must be, or mustn't, to show something.
        looks: before which acts somebody opens the form of which later signatures.
    """
    told, parts = scenes(plan, path)
    players = cast(plan, told, parts, needs)
    story = _Story(plan, players)
    lines = [
        line
        for number, scene in enumerate(told)
        for line in (
            *(story.look(told[later]) for later in looks.get(number, ())),
            *story.lines(scene),
        )
    ]
    if ends_at is not None:
        lines.append({"expect": {"state": ends_at}})
    used = dict.fromkeys(
        players[n] for scene in told for n in (scene.actor, *_bound(scene)) if n is not None
    )
    used |= dict.fromkeys(story.voters)
    people = [f"  {p.name}: {p.address}  # {_who(p)}" for p in used]
    return "\n".join(
        [
            f"walk: {name}",
            f"title: {json.dumps(title, ensure_ascii=False)}",
            f"process: {plan.body.process}",
            "kind: refused",
            "people:",
            *people,
            *(_ELSEWHERE if any(_elsewhere(line) for line in lines) else ()),
            "story:",
            *(f"  - {key}: {_flow(value)}" for line in lines for key, value in line.items()),
            "",
        ]
    )


def opened_before(
    plan: Plan, path: Sequence[Next], places: Sequence[Place], about: Collection[str]
) -> dict[int, list[int]]:
    """Return for each amendment the later signatures whose forms were open before it.

    Args:
        about: fields that the signatures must be about.
    """
    found: dict[int, list[int]] = {}
    for at, step in enumerate(path):
        classes = [plan.classes[number] for number in step.done.classes]
        if not any(set(each.fields) & set(about) for each in classes):
            continue
        for later in range(at + 1, len(path)):
            index = path[later].done.step
            if path[later].done.kind == "sign" and all(
                places[each.state.place].steps[index] in (OPEN, OVERDUE)
                for each in path[at - 1 : later]
            ):
                found.setdefault(at, []).append(later)
    return found


def _bound(scene: Scene) -> tuple[int, ...]:
    return tuple(number for chosen in scene.bound.values() for number in chosen)


def _who(player: Player) -> str:
    roles = ", ".join(sorted(player.roles - {"member"})) or "a Member"
    if not player.invented:
        return roles
    if not together(player.roles):
        return f"invented, with roles that nobody holds at once; theirs change meanwhile: {roles}"
    return f"invented, as the sample community has nobody like this: {roles}"


class _Story:
    """Tells a path's acts with names and typed values."""

    def __init__(self, plan: Plan, players: list[Player]) -> None:
        """Take who plays which part."""
        self._plan = plan
        self._players = players
        self._amended = 0
        self._named: set[str] = set()
        self._opener = ""
        self._made: dict[str, list[str]] = {}
        """Of each field what was chosen in it so far."""
        self._later: dict[str, timedelta] = {}
        """Of each step by how much its deadline was put off so far."""
        self._cast: dict[str, dict[str, str]] = {}
        """Of each vote that goes on what was voted so far, by whom."""
        self.voters: list[Player] = []
        """Who votes beside the people of the path."""

    def look(self, scene: Scene) -> dict[str, Any]:
        """Return that whoever signs later has opened the form."""
        by, done = self._players[scene.actor or 0].name, scene.done.done
        step = self._plan.steps[done.step].name
        return {"look": {"by": by, "step": step, "seat": self._seat(step, done.seat)}}

    def lines(self, scene: Scene) -> Iterator[dict[str, Any]]:
        """Yield what happens, one after the other."""
        done = scene.done.done
        self._named |= {self._players[number].name for number in _bound(scene)}
        if scene.done.done.kind == "open" and scene.actor is not None:
            self._opener = self._players[scene.actor].name
        for event in done.excluded.split():
            yield {"excluded": {"event": event}}
        each = (
            self._plan.body.steps[self._plan.steps[done.step].name].each if done.step >= 0 else None
        )
        if done.kind == "close":
            yield from self._closing(self._plan.steps[done.step].name, done.outcome)
        elif done.kind == "sign" and each is not None:
            line = self._line(scene)["sign"]
            once = self._plan.body.steps[line["step"]].outcomes[done.outcome].at == "once"
            for item in list(each.items)[: 1 if once else None]:
                yield {"sign": {**line, "seat": f"{done.seat}:{item}"}}
        else:
            yield self._line(scene)
        self._put_off(scene)

    def _closing(self, name: str, result: str) -> Iterator[dict[str, Any]]:
        """Yield votes that come to this result, and that the time to vote has passed.

        Where a vote closes as soon as no vote to come can change it, nobody votes after that.
        """
        step = self._plan.body.steps[name]
        (seat,) = step.seats.values()
        barred = self._named | ({self._opener} if OPENER in seat.not_ else set())
        role = load_organisation().body(seat.body or "").member
        choice = {CARRIED: AYE, LOST: NAYE}.get(result)
        body = [p for p in community()[0] if role in p.roles and p.name not in barred]
        given = self._cast.pop(name, {})
        early = step.vote is not None and step.vote.early
        for player in body if choice is not None else ():
            if early and player.name in given:
                continue  # a vote is final there
            self.voters.append(player)
            given[player.name] = choice or ""
            yield {"vote": {"by": player.name, "step": name, "choice": choice}}
            if early and _settled(step.vote or Ballot(), [p.name for p in body], given):
                return
        yield {"pass-time": self._until_late(name)}

    def _line(self, scene: Scene) -> dict[str, Any]:
        """Return one thing that happens."""
        done = scene.done.done
        by = {} if scene.actor is None else {"by": self._players[scene.actor].name}
        if done.step >= 0:
            return self._in_step(scene, by)
        match done.kind:
            case "open":
                return {"open": {**by, **self._form(scene, list(self._plan.body.start.fields))}}
            case "amend":
                self._amended += 1
                names = [self._plan.classes[c].fields[0] for c in done.classes]
                return {"amend": {**by, **self._form(scene, names)}}
            case "child":
                return {"child": {"name": done.told, "ends": done.outcome}}
            case "draw":
                return {"draw": {"person": done.told, **by}}
            case "rule":
                kind = done.outcome or "override"
                return {"rule": {"kind": kind, "to": done.told}}
        return {"withdraw": {**by, "text": "It isn't needed any more."}}

    def _in_step(self, scene: Scene, by: Mapping[str, str]) -> dict[str, Any]:
        done = scene.done.done
        step = self._plan.steps[done.step]
        match done.kind:
            case "deadline":
                return {"pass-time": self._until_late(step.name)}
            case "vote":
                self._cast.setdefault(step.name, {})[by.get("by", "")] = AYE
                return {"vote": {**by, "step": step.name, "choice": AYE}}
            case "rule":
                told = {"step": step.name, "seat": done.seat, "outcome": done.outcome}
                return {"rule": {"kind": "authorise", **told}}
            case "sign":
                told = {**by, "step": step.name, "seat": done.seat, "outcome": done.outcome}
                fields = self._evidence(step.name, done.outcome, done.known)
                return {"sign": {**told, "fields": fields} if fields else told}
        seat = {"seat": self._seat(step.name, done.seat)} if done.kind == "decline" else {}
        return {done.kind: {**by, "step": step.name, **seat, "text": "I can't do it after all."}}

    def _until_late(self, step: str) -> str:
        """Return how long it takes at most until a step's deadline has passed.

        What put it off until now is added.
        """
        deadline = self._plan.body.steps[step].deadline
        if deadline is None:
            return ""
        later = self._later.get(step)
        longest = self._longest(deadline.after)
        return duration_text(duration(longest) + later) if later else longest

    def _longest(self, length: str | LengthBy) -> str:
        """Return a length; if a choice decides it, the longest by what was chosen so far.

        What was chosen when the step opened is among that.
        """
        if not isinstance(length, LengthBy):
            return length
        told = length.lengths()
        return max((told[choice] for choice in self._made[length.by]), key=duration)

    def _put_off(self, scene: Scene) -> None:
        for number in scene.done.extends:
            extend = self._plan.body.effects[number].extend
            if extend is not None:
                before = self._later.get(extend.step, timedelta())
                self._later[extend.step] = before + duration(self._longest(extend.by))

    def _seat(self, step: str, seat: str) -> str:
        """Return a seat's name; with a list, that of its first thing."""
        each = self._plan.body.steps[step].each
        return f"{seat}:{next(iter(each.items))}" if each else seat

    def _form(self, scene: Scene, names: Sequence[str]) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        external: list[str] = []
        made = dict(scene.done.done.choices)
        for name in names:
            spec = self._plan.definition.field(name)
            who = [
                self._players[number].name for number in scene.bound.get(self._plan.binds(name), ())
            ]
            if spec.type == "patch":
                fields[name], external = _upload(who)
            elif spec.type == "case":
                if who or spec.required:
                    fields[name] = {"people": who}
            elif spec.type == "choice" and (
                self._amended or name in self._plan.known or spec.required or name in made
            ):
                fields[name] = self._chosen(scene, name)
                self._made.setdefault(name, []).append(fields[name])
            elif spec.type == "person":
                filled = spec.required or self._amended or _required_by(spec, made)
                if who or filled or name in self._opened_by(made):
                    fields[name] = who[0] if who else self._nobody(name)
            elif spec.required or self._amended or _required_by(spec, made):
                fields[name] = self._value(spec)
        return {"fields": fields, **({"external": external} if external else {})}

    def _opened_by(self, made: Mapping[str, str]) -> set[str]:
        """Return the fields that say who may open the case with these choices."""
        when = self._plan.body.start.when
        asked = [when[name][one] for name, one in made.items() if one in when.get(name, {})]
        return {field for by in asked for field in (by.person, by.team_of) if field is not None}

    def _nobody(self, name: str) -> str:
        """Return whom a field names that binds nobody: an amendment names others, or none."""
        binds, now = self._plan.binds(name), self._made.get(name, [])[-1:]
        if self._amended and binds and not self._plan.definition.field(name).required:
            return ""
        others = (player.name for player in self._players if [player.name] != now)
        found = self._opener if binds or not now else next(others, self._opener)
        self._made.setdefault(name, []).append(found)
        return found

    def _chosen(self, scene: Scene, name: str) -> str:
        roles = self._players[scene.actor or 0].roles
        made = chosen(self._plan, scene, name, roles)
        if name in self._plan.known or made not in self._made.get(name, [])[-1:]:
            return made
        # What makes no difference is amended to something else all the same: else nothing is.
        others = self._plan.definition.field(name).choices or {}
        return next((other for other in others if other != made), made)

    def _value(self, spec: FieldSpec) -> Any:
        if spec.type == "packages":
            return _APT_AMENDED if self._amended else _APT
        if spec.type == "choice":
            return next(iter(spec.choices or {}), "")
        if spec.type == "attestation":
            return True
        if spec.type == "file":
            return "escrow.patch"
        return f"As amended {self._amended}" if self._amended else "As it was asked for"

    def _evidence(self, step: str, outcome: str, known: tuple[int, ...]) -> dict[str, Any]:
        rules, made = self._plan.body.steps[step], self._plan.chosen(known)
        fields = {n: _evidence(spec) for n, spec in rules.evidence.items() if spec.required}
        for field, by in self._plan.definition.answers.get(step, {}).items():
            fields[field] = made[by]
            if made[by] == UNANSWERED:
                del fields[field]
        if rules.outcomes[outcome].comment == "required":
            fields["comment"] = "For a reason."
        return fields


def _settled(ballot: Ballot, body: Sequence[str], given: Mapping[str, str]) -> bool:
    """Say whether no vote to come can change what these votes come to."""
    electorate = tuple(dict.fromkeys((*body, *given)))
    votes = tuple(
        Vote(act="", voter=who, actor=who, choice=choice, at="") for who, choice in given.items()
    )
    state = VoteState(electorate=electorate, members=len(electorate), votes=votes)
    return count(ballot, state).settled


def _required_by(spec: FieldSpec, fields: Mapping[str, Any]) -> bool:
    asked = spec.required_when.items()
    return bool(asked) and all(fields.get(name) == choice for name, choice in asked)


def _elsewhere(line: Mapping[str, Any]) -> bool:
    return bool({"child", "draw", "excluded"} & set(line))


def _evidence(spec: FieldSpec) -> Any:
    if spec.type == "attestation":
        return True
    if spec.type == "choice":
        return next(iter(spec.choices or {}), "")
    return "It is as it should be."


def _upload(authors: list[str]) -> tuple[str, list[str]]:
    """Return a file of the walks by these authors (more may have written it), and strangers."""
    _, uploads = community()
    fitting = (
        u
        for u in uploads
        if set(authors) <= set(u["authors"]) and bool(authors) == bool(u["authors"])
    )
    found = next(fitting, None)
    if found is None:
        return f"by-{'-and-'.join(authors)}.patch", []
    return str(found["file"]), list(found["external"])


def _flow(value: Any) -> str:
    """Return plain data in YAML's flow style, with quotes only where they are needed."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(inner) for inner in value) + "]"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)
