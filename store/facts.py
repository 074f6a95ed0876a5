"""What the directory and the attachments say about an act: part of the facts that decide.

The commit asks this for good, the web beforehand, so that it can answer quickly. Nothing here
changes anything, and nothing here is a rule of signing: those are in `definitions/rules/`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from sqlalchemy import Connection, select

from definitions.acts import LINK_ASKED, RULE, RULED, SYSTEM, Act, Facts
from definitions.canonical import Json
from definitions.definition import Definition
from definitions.model import FieldSpec
from definitions.organisation import load_organisation
from definitions.refusals import Refusal
from definitions.rules import DeclaredAddress, addresses_needed, check_values
from definitions.rules.arbitrating import WHOLE_FORM
from definitions.rules.drawing import barred_from
from definitions.rules.opening import leaders_of
from definitions.rules.values import EXTERNAL, is_empty
from definitions.state import CaseState
from definitions.timetable import moment_of
from store import tables
from store.answers import Answers, Stored
from store.children import parent_of
from store.directory import is_current, roles_of
from store.naming import cases_named, people_named
from store.ticking import is_told, opener_at


def facts_for(
    connection: Connection,
    definition: Definition,
    act: Act,
    values: Mapping[str, Json],
    *,
    at: str,
    number: str | None = None,
) -> Facts | Refusal:
    """Return the facts of a person's act, or why it can't be taken.

    Args:
        values: the plain values; that they open the act's commitments is checked elsewhere.
        at: the time that decides.
        number: the number allotted, with an opening act.
    """
    if act.actor == SYSTEM:
        if moment_of(act) is not None:
            return _facts_of_scheduled(connection, definition, act, at=at, number=number)
        return _facts_of_child(connection, definition, act, values, at=at, number=number)
    if not is_current(connection, act.actor, at):
        return Refusal(
            "unknown-actor",
            "The directory knows nobody here who could have done this, or they have left.",
            "9.1.5",
            "If that is wrong, tell the Board: it admits people to the community's roles.",
        )
    form = form_of(definition, act)
    refusal = next(_missing_things(connection, form, values, at), None)
    if refusal:
        return refusal
    bound = bound_by(Stored(connection), definition, act, values, at)
    if isinstance(bound, Refusal):
        return bound
    facts = Facts(at, roles_of(connection, act.actor, at), number, bound)
    return _with_named(connection, definition, act, values, facts)


def _with_named(
    connection: Connection,
    definition: Definition,
    act: Act,
    values: Mapping[str, Json],
    facts: Facts,
) -> Facts | Refusal:
    """Return the facts of an opening with the cases that its fields name, and their people."""
    if act.kind != "open" or check_values(definition.body.start.fields, values):
        return facts  # with such values, the rules refuse it
    named = cases_named(connection, definition, values)
    if isinstance(named, Refusal):
        return named
    people = people_named(connection, definition, named)
    cases = {name: {"case": one.case, "number": one.number} for name, one in named.items()}
    return replace(facts, people={**facts.people, **people}, cases=cases)


def _facts_of_child(
    connection: Connection,
    definition: Definition,
    act: Act,
    values: Mapping[str, Json],
    *,
    at: str,
    number: str | None,
) -> Facts | Refusal:
    """Return the facts of an opening by another case: its opener is the other's."""
    parent = parent_of(connection, act.case, act.auth.get("cause"))
    if parent is None or parent.process not in definition.body.start.cases:
        return Refusal(
            "no-parent", "No case that may do so has opened this one.", definition.body.policy[0]
        )
    refusal = next(_missing_things(connection, form_of(definition, act), values, at), None)
    if refusal:
        return refusal
    bound = bound_by(Stored(connection), definition, act, values, at)
    if isinstance(bound, Refusal):
        return bound
    facts = Facts(at, (), number, {**bound, "opener": parent.people["opener"]})
    return _with_named(connection, definition, act, values, facts)


def _facts_of_scheduled(
    connection: Connection, definition: Definition, act: Act, *, at: str, number: str | None
) -> Facts | Refusal:
    """Return the facts of an opening by a schedule: who it was opened for when it was made.

    Who held the role then is the opener, also if they have given it up since.
    """
    schedule = definition.body.start.schedule
    if schedule is None or not is_told(connection, act) or act.at > at:
        return Refusal("no-tick", "No schedule has opened this case.", definition.body.policy[0])
    opener = opener_at(connection, schedule.opener, act.at)
    return Facts(at, (), number, {"opener": (opener,)} if opener else {})


_MAY_OPEN_A_VOTE = frozenset(
    {"open", "sign_off", "amend", "withdraw", "deadline", "draw", "child_ended", RULED}
)
_MAY_CLOSE_ONE = frozenset({"vote", "declare", "recuse", "left_body"})
"""What may close a vote early, and so open the next."""


def with_bodies(
    connection: Connection,
    definition: Definition,
    state: CaseState | None,
    act: Act,
    values: Mapping[str, Json],
    facts: Facts,
) -> Facts:
    """Return the facts with who is of the bodies that vote, if the act may open a vote."""
    return bodies_by(Stored(connection), definition, state, act, values, facts)


def bodies_by(
    answers: Answers,
    definition: Definition,
    state: CaseState | None,
    act: Act,
    values: Mapping[str, Json],
    facts: Facts,
) -> Facts:
    """Return the facts with who is of the bodies that vote, by what the directory answers."""
    votes = [step for step in definition.body.steps.values() if step.vote]
    chairs = {step.vote.casting for step in votes if step.vote and step.vote.casting}
    casting = {person for role in chairs for person in answers.holders(role, facts.time)}
    facts = replace(facts, casting=tuple(sorted(casting))) if casting else facts
    early = any(step.vote.early for step in votes if step.vote)
    kinds = _MAY_OPEN_A_VOTE | _MAY_CLOSE_ONE if early else _MAY_OPEN_A_VOTE
    if not votes or act.kind not in kinds:
        return facts
    organisation = load_organisation()
    named = {seat.body for step in votes for seat in step.seats.values() if seat.body}
    bodies = {
        body: answers.holders(organisation.body(body).member, facts.time) for body in sorted(named)
    }
    active: set[str] = set()
    for field in {field for step in votes if step.vote for field in step.vote.areas}:
        role = _area(values.get(field) or (state.known.get(field) if state else None))
        team = organisation.team_of(role) if role else None
        for one in {role, *((team.leader, team.member) if team else ())} - {None}:
            active |= {*answers.holders(str(one), facts.time)}
    return replace(facts, bodies=bodies, active=tuple(sorted(active)))


def _area(chosen: Json) -> str | None:
    """Return the role that a choice is about: one itself, or that of an access list."""
    organisation = load_organisation()
    if not isinstance(chosen, str):
        return None
    if any(one.id == chosen for one in organisation.access_lists):
        return organisation.access_list(chosen).who
    return chosen if organisation.has_role(chosen) else None


def of_system(connection: Connection, act: Act, at: str, number: str | None) -> Facts:
    """Return the facts of what the case itself does; of a link asked for, who asked and as what.

    Args:
        number: of the case that a notice is about.
    """
    if act.kind != LINK_ASKED or act.seat is None:
        return Facts(at, number=number)
    return Facts(at, roles_of(connection, act.seat, at))


def of_draw(
    connection: Connection, definition: Definition, state: CaseState, act: Act, at: str, seed: str
) -> Facts:
    """Return the facts of a draw: among whom, and the seed that nobody could choose.

    Args:
        seed: the SHA-256 of the entry before it.
    """
    return draw_by(Stored(connection), definition, state, act, at, seed)


def draw_by(
    answers: Answers, definition: Definition, state: CaseState, act: Act, at: str, seed: str
) -> Facts:
    """Return the facts of a draw, by what the directory answers."""
    rule = definition.body.draws.get(act.seat or "")
    if rule is None or act.seat is None or act.seat not in state.draws:
        return Facts(at)
    barred = barred_from(definition, state, act.seat)
    away = answers.away_at(at)
    found = answers.holders(rule.role, at)
    candidates = tuple(p for p in found if p not in barred and p not in away)
    return Facts(at, candidates=candidates, seed=seed)


def form_of(definition: Definition, act: Act) -> Mapping[str, FieldSpec]:
    """Return the fields that the act may carry, beside a comment."""
    if act.kind in {"open", "amend"}:
        return definition.body.start.fields
    if act.kind == RULE:
        return WHOLE_FORM
    step = definition.body.steps.get(act.step or "")
    return step.evidence if step is not None and act.kind == "sign_off" else {}


def _missing_things(
    connection: Connection, form: Mapping[str, FieldSpec], values: Mapping[str, Json], at: str
) -> Iterator[Refusal]:
    """Yield what the values refer to and the store doesn't have: people and attachments.

    Values that aren't of their field's form are left alone: the rules refuse them.
    """
    given = {name: value for name, value in values.items() if name in form and not is_empty(value)}
    if check_values(form, given, partial=True):
        return
    for name, value in given.items():
        kind = form[name].type
        if kind == "person" and not is_current(connection, value, at):
            yield Refusal(
                "unknown-person",
                "The person chosen isn't of the community, or has left it.",
                remedy="Choose somebody whom the form offers.",
                field=name,
            )
        if kind in {"patch", "file"}:
            file = value["file"] if kind == "patch" else value
            size = connection.scalar(
                select(tables.attachments.c.size).where(
                    tables.attachments.c.sha256 == file["sha256"]
                )
            )
            if size != file["size"]:
                yield Refusal(
                    "no-attachment",
                    "The file that this refers to isn't stored here.",
                    remedy="Upload it again.",
                    field=name,
                )


def bound_by(
    answers: Answers, definition: Definition, act: Act, values: Mapping[str, Json], at: str
) -> dict[str, tuple[str, ...]] | Refusal:
    """Return whom an act binds to the case: by their addresses, or as who leads a team."""
    if act.kind not in {"open", "amend"}:
        return {}
    if check_values(definition.body.start.fields, values, partial=act.kind == "amend"):
        return {}  # the rules refuse it
    bound: dict[str, tuple[str, ...]] = {}
    for name, addresses in addresses_needed(definition, values).items():
        people: list[str] = []
        for address in addresses:
            owner = _owner(answers, address)
            if owner is None:
                return _unknown_address(definition, name, address.address)
            people.extend(owner)
        bound[name] = tuple(dict.fromkeys(people))
    return bound | (_leaders(answers, definition, values, at) if act.kind == "open" else {})


def _leaders(
    answers: Answers, definition: Definition, values: Mapping[str, Json], at: str
) -> dict[str, tuple[str, ...]]:
    """Return who leads a team of those whom fields name, where that decides who may open it."""
    openers = (by for choices in definition.body.start.when.values() for by in choices.values())
    found = {}
    for field in {by.team_of for by in openers if by.team_of is not None}:
        roles = {*answers.roles_of(str(values.get(field)), at)}
        teams = (t for t in load_organisation().teams if roles & {t.member, t.leader})
        leading = {who for team in teams for who in answers.holders(team.leader, at)}
        found[leaders_of(field)] = tuple(sorted(leading))
    return found


def _owner(answers: Answers, address: DeclaredAddress) -> tuple[str, ...] | None:
    """Return who is behind the address, nobody for an outsider, None if that isn't known.

    The directory's answer goes before what was declared: nobody becomes a stranger by saying so.
    """
    known = answers.owner(address.address)
    if known is not None:
        return (known,)
    if address.declared == EXTERNAL:
        return ()
    if address.declared is not None and answers.exists(address.declared):
        return (address.declared,)
    return None


def _unknown_address(definition: Definition, name: str, address: str) -> Refusal:
    return Refusal(
        "unknown-address",
        f"The address {address} in the patch belongs to nobody in the directory.",
        definition.body.people[name].policy,
        "Say whose it is, or declare that its owner is not of the community.",
        definition.body.people[name].from_,
    )
