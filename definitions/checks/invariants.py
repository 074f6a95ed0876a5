"""Invariants: what they name is there, and each says a whole sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from definitions.branching import answer_of, branch_fields, choices_of
from definitions.checks.context import Context
from definitions.errors import DefinitionError
from definitions.invariant import FLAGGED, MAILED, QUEUED, Alternative, Changed
from definitions.model import FromField, Invariant, Signed
from definitions.reading import KeyPath
from definitions.rules.effects import THIS_CASE

ALL = "all"
"""Every role, or every list, in an end."""

_NEEDS = {
    "before": ("signed", "people", "child", "carried", "done", "undone", "any_of"),
    "after": ("always", "child"),
    "only": ("reaches",),
    "private": ("seen",),
}
_ENOUGH = ("signed", "people", "child", "carried", "done")
"""What an alternative under `any_of` can be."""
_GOES_WITH: dict[str, tuple[str, ...]] = {
    "signed": ("before",),
    "items": ("signed",),
    "people": ("before",),
    "role": ("before",),
    "about": ("signed", "people", "carried", "child", "any_of"),
    "in_": ("people",),
    "when": ("before", "opened"),
    "child": ("before", "after"),
    "any_of": ("before",),
    "with_": ("child",),
    "carried": ("before",),
    "outcome": ("child", "signed", "people"),
    "done": ("before",),
    "undone": ("before",),
    "always": ("after",),
    "to": ("after",),
    "reaches": ("only",),
    "seen": ("private",),
}


def check_invariants(context: Context) -> Iterator[DefinitionError]:
    """Check every invariant's references and pattern."""
    for index, invariant in enumerate(context.body.invariants):
        path: KeyPath = ("invariants", index)
        yield from _pattern(context, invariant, path)
        yield from _states(context, invariant, path)
        yield from _always(context, invariant, path)
        yield from _when(context, invariant, path)
        yield from _titled(context, invariant, path)
        yield from _named(context, invariant, path)
        for place, name in enumerate(invariant.about):
            yield from context.unknown_field((*path, "about", place), name)
        if invariant.never is not None:
            yield from _signed(context, invariant.never, (*path, "never"))
        yield from _ways(context, invariant, path)


def _ways(context: Context, invariant: Invariant, path: KeyPath) -> Iterator[DefinitionError]:
    """Check what meets it: what it says itself, or each of its alternatives."""
    for place, way in enumerate(invariant.ways()):
        here = path
        if invariant.any_of:
            here = (*path, "any_of", place)
            yield from _alternative(context, invariant.any_of[place], here)
        if way.role is not None:
            yield from context.unknown_role((*here, "role"), way.role)
        yield from _in(context, way, here)
        yield from _decided(context, way, here)
        yield from _outcome(context, way, here)
        yield from _done(context, way, here)
        if way.signed is not None:
            yield from _signed(context, way.signed, (*here, "signed"))
        if invariant.any_of and invariant.about and way.deed() is not None:
            yield context.error(
                (*here, "done"),
                "What was done stays done whatever is amended: `about` can't be asked of it.",
                "Take `about` out, or this alternative.",
            )


def _alternative(
    context: Context, alternative: Alternative, path: KeyPath
) -> Iterator[DefinitionError]:
    given = [key for key in _ENOUGH if getattr(alternative, key) is not None]
    if len(given) != 1:
        yield context.error(
            path,
            f"An alternative under `any_of` says exactly one of: {', '.join(_ENOUGH)}.",
            "Add the one that is meant, or split it into two alternatives.",
        )
    yield from _together(context, alternative, path, ("in_", "outcome"))


def _pattern(context: Context, invariant: Invariant, path: KeyPath) -> Iterator[DefinitionError]:
    for head, needed in _NEEDS.items():
        given = [key for key in needed if _has(invariant, key)]
        if getattr(invariant, head) is not None and len(given) != 1:
            yield context.error(
                path,
                f"An invariant with `{head}` says exactly one of: {', '.join(needed)}.",
                "Add the one that is meant, or split it into two invariants.",
            )
    yield from _together(context, invariant, path, _GOES_WITH)
    if invariant.after is not None and invariant.child is not None:
        yield from _opened_after(context, invariant, path)


def _together(
    context: Context, said: Invariant | Alternative, path: KeyPath, keys: Iterable[str]
) -> Iterator[DefinitionError]:
    """Check that each of these keys has beside it what it belongs to."""
    for key in keys:
        heads = _GOES_WITH[key]
        there = _has(said, key)
        if there and not any(_has(said, head) for head in heads):
            if key == "in_" and said.signed is not None:
                yield _in_signed(context, path)
                continue
            name = key.rstrip("_")
            told = " or ".join(f"`{head}`" for head in heads if head != "any_of")
            yield context.error(
                (*path, name), f"`{name}` goes with {told} only.", f"Take `{name}` out."
            )
    whose = said.role is not None or (bool(said.in_) and said.signed is None)
    before = isinstance(said, Alternative) or said.before is not None
    if (said.people is not None) != whose and before:
        yield context.error(
            path,
            "How many people, and of which role or in which states, belong together.",
            "Give both `people` and `role` (or `in`).",
        )


def _in_signed(context: Context, path: KeyPath) -> DefinitionError:
    """Return what is said of an `in` that stands beside `signed`."""
    return context.error(
        (*path, "in"),
        "`in` goes with `people`; where somebody must have signed is said within `signed`.",
        "Move it there: `signed: {…, in: […]}`.",
    )


def _has(said: Invariant | Alternative, key: str) -> bool:
    value = getattr(said, key, None)
    # From no state at all is something to say: what is reached by a ruling alone.
    return value not in (None, (), {}) or (key == "only" and value is not None)


def _opened_after(
    context: Context, invariant: Invariant, path: KeyPath
) -> Iterator[DefinitionError]:
    """Check that nothing is asked of a child case that is to be opened but that it is."""
    for key in ("outcome", "about"):
        if _has(invariant, key):
            yield context.error(
                (*path, key),
                f"With `after`, `child` wants the case opened; `{key}` can't be asked of it.",
                f"Take `{key}` out, or say `before` which state it must have ended.",
            )


def _states(context: Context, invariant: Invariant, path: KeyPath) -> Iterator[DefinitionError]:
    for key in ("before", "after", "ended", "reaches"):
        named = getattr(invariant, key)
        if isinstance(named, str):
            yield from context.unknown_state((*path, key), named)
        for index, state in enumerate(named if isinstance(named, tuple) else ()):
            yield from context.unknown_state((*path, key, index), state)
    for index, state in enumerate(invariant.only or ()):
        yield from context.unknown_state((*path, "only", index), state)


def _in(context: Context, way: Invariant, path: KeyPath) -> Iterator[DefinitionError]:
    for index, state in enumerate(way.in_):
        yield from context.unknown_state((*path, "in", index), state)
        yield from _signable(context, state, (*path, "in", index))


def _when(context: Context, invariant: Invariant, path: KeyPath) -> Iterator[DefinitionError]:
    for name, choice in invariant.when.items():
        here: KeyPath = (*path, "when", name)
        if answer_of(name) is None:
            yield from context.unknown_field(here, name)
        elif invariant.opened is not None:
            yield context.error(
                here,
                f"Nobody has answered `{name}` when a case is opened.",
                "Name choices of the form beside `opened`.",
            )
        elif name not in branch_fields(context.body):
            yield context.error(
                here,
                f"No event is led by an answer `{name}`.",
                "Name one that an event goes `by`: of others nothing is known on a path.",
            )
        known = choices_of(context.body, name)
        if known or name in context.body.start.fields:
            yield from context.unknown(here, f"choice of `{name}`", choice, known)


def _decided(context: Context, invariant: Invariant, path: KeyPath) -> Iterator[DefinitionError]:
    """Check what must have been decided: by a child case, or by a body's vote."""
    if invariant.carried is not None:
        votes = tuple(name for name, step in context.body.steps.items() if step.vote)
        here = (*path, "carried")
        yield from context.unknown(here, "step with a vote", invariant.carried, votes)
    if invariant.child is None:
        return
    children = context.children()
    yield from context.unknown((*path, "child"), "child case", invariant.child, tuple(children))
    if invariant.outcome is not None and invariant.child in children:
        ends = tuple(children[invariant.child].on)
        what = f"end of `{invariant.child}` that this case waits for"
        yield from context.unknown((*path, "outcome"), what, invariant.outcome, ends)


def _outcome(context: Context, invariant: Invariant, path: KeyPath) -> Iterator[DefinitionError]:
    """Check what signatures must say: every step that is named must know it, else some step."""
    if invariant.outcome is None or (invariant.signed is None and invariant.people is None):
        return
    steps = context.body.steps
    named = invariant.signed.in_ if invariant.signed is not None else invariant.in_
    known = [tuple(steps[name].outcomes) for name in named if name in steps]
    some = [tuple(outcome for step in steps.values() for outcome in step.outcomes)]
    for outcomes in known if named else some:
        yield from context.unknown((*path, "outcome"), "outcome", invariant.outcome, outcomes)


def _titled(context: Context, invariant: Invariant, path: KeyPath) -> Iterator[DefinitionError]:
    """Check that people can read what some patterns, which have no words of their own, say."""
    wordless = invariant.is_stated() or any(way.deed() for way in invariant.ways())
    if invariant.title is None and wordless:
        yield context.error(
            path, "Nothing tells people what this invariant says.", "Add a `title`."
        )


def _done(context: Context, way: Invariant, path: KeyPath) -> Iterator[DefinitionError]:
    for name, deed in (("done", way.done), ("undone", way.undone)):
        for key in ("grant", "end") if deed is not None else ():
            change = getattr(deed, key)
            if change is not None:
                yield from _changed(context, change, (*path, name, key))


def _named(context: Context, invariant: Invariant, path: KeyPath) -> Iterator[DefinitionError]:
    """Check what openers, private things and items of a list name."""
    opened, seen = invariant.opened, invariant.seen
    for index, role in enumerate(opened.roles if opened is not None else ()):
        yield from context.unknown_role((*path, "opened", "roles", index), role)
    for key in ("person", "head_of", "team_of"):
        field = getattr(opened, key, None)
        if field is not None:
            yield from context.unknown_field((*path, "opened", key), field)
    known = (*context.body.steps, *context.body.start.fields)
    for index, name in enumerate(invariant.private or ()):
        yield from context.unknown((*path, "private", index), "step or field", name, known)
    for index, name in enumerate(seen.people if seen is not None else ()):
        yield from context.unknown_person((*path, "seen", "people", index), name)
    for index, role in enumerate(seen.roles if seen is not None else ()):
        yield from context.unknown_role((*path, "seen", "roles", index), role)
    yield from _items(context, invariant, path)


def _changed(context: Context, change: Changed, path: KeyPath) -> Iterator[DefinitionError]:
    yield from context.unknown_person((*path, "person"), change.person)
    named = (("role", change.role, context.roles()), ("list", change.list, context.access_lists()))
    for kind, said, known in named:
        if isinstance(said, FromField):
            yield from context.unknown_field((*path, kind, "field"), said.field)
        elif said is not None:
            yield from context.unknown((*path, kind), kind, said, (*known, ALL))
    if change.authority is not None:
        behind = (THIS_CASE, *context.children())
        what = "child case to rest on (nor is it `case`)"
        yield from context.unknown((*path, "authority"), what, change.authority, behind)


def _items(context: Context, invariant: Invariant, path: KeyPath) -> Iterator[DefinitionError]:
    """Check that whatever must be signed off is on the list of each step that is named."""
    steps = invariant.signed.in_ if invariant.signed is not None else ()
    if invariant.items and not steps:
        yield context.error(
            (*path, "items"), "Nothing says on which list.", "Say `in` which step it is signed off."
        )
    for step in steps:
        rules = context.body.steps.get(step)
        listed = tuple(rules.each.items) if rules is not None and rules.each is not None else ()
        for index, name in enumerate(invariant.items):
            what = f"thing on the list of `{step}`"
            yield from context.unknown((*path, "items", index), what, name, listed)
        if invariant.items and rules is not None and invariant.outcome is not None:
            yield from _each_so(context, invariant.outcome, step, path)


def _queued(context: Context, to: str | None, path: KeyPath) -> Iterator[DefinitionError]:
    """Check for which process something is always to be queued: some effect queues it."""
    queues = tuple(effect.queue.for_ for effect in context.body.effects if effect.queue)
    if to is None:
        yield context.error(
            path, "Nothing says for which process it is queued.", "Add `to` with a process."
        )
    elif not queues:
        yield context.error(
            (*path, "always"),
            "Nothing is queued here for another process.",
            f"Add an effect with `queue: {{for: {to}, text: …}}`.",
        )
    else:
        yield from context.unknown(
            (*path, "to"), "process that something is queued for here", to, queues
        )


def _flagged(context: Context, to: str | None, path: KeyPath) -> Iterator[DefinitionError]:
    """Check which list is to be told where cases repeat: some effect does so."""
    told = tuple(
        one.list
        for effect in context.body.effects
        if effect.mail and effect.repeated
        for one in effect.mail.to
        if one.list is not None
    )
    if to is None:
        yield context.error(
            path, "Nothing says who is told where cases repeat.", "Add `to` with a mailing list."
        )
    elif not told:
        yield context.error(
            (*path, "always"),
            "No list is told here where cases repeat.",
            f"Add an effect with `repeated: {{within: P90D, least: 3}}` and a mail to `{to}`.",
        )
    else:
        yield from context.unknown(
            (*path, "to"), "list that is told here where cases repeat", to, told
        )


def _each_so(context: Context, outcome: str, step: str, path: KeyPath) -> Iterator[DefinitionError]:
    """Check that a list is closed by this outcome only if each thing on it was signed so."""
    outcomes = context.body.steps[step].outcomes
    first = next((name for name, one in outcomes.items() if one.at == "all"), outcome)
    if outcome != first:
        yield context.error(
            (*path, "outcome"),
            f"With `{first}` on one thing and `{outcome}` on another, `{outcome}` decides `{step}`:"
            " that doesn't say that each thing was signed so.",
            f"List `{outcome}` first among the outcomes of `{step}`, or take `outcome` out.",
        )


def _always(context: Context, invariant: Invariant, path: KeyPath) -> Iterator[DefinitionError]:
    if invariant.always == MAILED and invariant.to is None:
        yield context.error(path, "Nothing says who is mailed.", "Add `to` with a mailing list.")
    elif invariant.always == QUEUED:
        yield from _queued(context, invariant.to, path)
        return
    elif invariant.always == FLAGGED:
        yield from _flagged(context, invariant.to, path)
        return
    elif invariant.always not in (None, MAILED):
        known = (MAILED, QUEUED, FLAGGED, *context.states)
        what = "state or effect"
        yield from context.unknown((*path, "always"), what, invariant.always or "", known)
    if invariant.to is not None:
        yield from context.unknown((*path, "to"), "mailing list", invariant.to, context.lists())


def _signed(context: Context, signed: Signed, path: KeyPath) -> Iterator[DefinitionError]:
    by = (signed.role, signed.person, signed.active, signed.signers)
    if sum(one is not None for one in by) != 1:
        yield context.error(
            path, "A signature is by either a role or a person.", "Give `role` or `person`."
        )
    yield from _signers(context, signed, path)
    if signed.active is not None:
        yield from _active(context, signed.active, path)
    if signed.role is not None:
        yield from context.unknown_role((*path, "role"), signed.role)
    for index, role in enumerate(signed.or_):
        yield from context.unknown_role((*path, "or", index), role)
    if signed.person is not None:
        yield from context.unknown_person((*path, "person"), signed.person)
    for index, state in enumerate(signed.in_):
        yield from context.unknown_state((*path, "in", index), state)
        yield from _signable(context, state, (*path, "in", index))


def _signers(context: Context, signed: Signed, path: KeyPath) -> Iterator[DefinitionError]:
    """Check who is asked about as having signed another step."""
    if signed.signers is None:
        if signed.rounds != "latest":
            yield context.error(
                (*path, "rounds"), "`rounds` goes with `signers` only.", "Take `rounds` out."
            )
        return
    here = (*path, "signers")
    if path[-1] != "never":
        yield context.error(here, "`signers` goes with `never` only.", "Take `signers` out.")
    yield from context.unknown_step(here, signed.signers)
    step = context.body.steps.get(signed.signers)
    if step is not None and step.vote is not None:
        yield context.error(
            here, f"In `{signed.signers}` a body votes: nobody signs it.", "Name another step."
        )
    if not signed.in_ or signed.signers in signed.in_:
        yield context.error(
            path,
            f"Nothing says what who signed `{signed.signers}` must never sign.",
            "Say `in` which other steps.",
        )


def _signable(context: Context, state: str, here: KeyPath) -> Iterator[DefinitionError]:
    """Check that somebody signs there: a vote is no signature, nor is waiting for another case.

    Votes count where somebody must never take part.
    """
    step = context.body.steps.get(state)
    if step is None and state in context.states:
        yield context.error(
            here, f"Nobody ever signs in `{state}`: it is no step.", "Name steps that people sign."
        )
    elif step is not None and step.vote is not None and "never" not in here:
        yield context.error(
            here,
            f"In `{state}` a body votes, and a vote is no signature: nobody need take part in it.",
            f"Ask for `carried: {state}`, or name steps that people sign.",
        )


def _active(context: Context, field: str, path: KeyPath) -> Iterator[DefinitionError]:
    yield from context.unknown_field((*path, "active"), field)
    if path[-1] != "never":
        yield context.error(
            (*path, "active"), "`active` goes with `never` only.", "Take `active` out."
        )
