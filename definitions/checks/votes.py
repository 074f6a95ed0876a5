"""Votes of a body: one seat, every result leads on, it closes; and who can sign from a mail."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.checks.context import Context
from definitions.checks.effects import check_recipients
from definitions.errors import DefinitionError
from definitions.model import Holders, Seat, Signers, Step
from definitions.organisation import load_organisation
from definitions.reading import KeyPath
from definitions.rules.effects import NOTHING
from definitions.voting import RESULTS, Ballot

_WITH_SIGN_IN = "Write `link: {with: sign-in}`."


def check_votes(context: Context) -> Iterator[DefinitionError]:
    """Check each step in which a body votes, and that bodies have seats only there."""
    for name, step in context.body.steps.items():
        path: KeyPath = ("steps", name)
        for seat, spec in step.seats.items():
            if spec.body is not None and step.vote is None:
                yield context.error(
                    (*path, "seats", seat, "body"),
                    "A body fills a seat by a vote, and this step has none.",
                    "Add `vote` to the step, or name a `role`.",
                )
        if step.vote is not None:
            yield from _seat(context, step, path)
            yield from _results(context, step, path)
            yield from _ballot(context, step.vote, (*path, "vote"))


def _seat(context: Context, step: Step, path: KeyPath) -> Iterator[DefinitionError]:
    (name, seat), *others = step.seats.items()
    if seat.body is None or others or seat.count != 1:
        yield context.error(
            (*path, "seats"),
            "A step with a vote has exactly one seat, for a body.",
            "Write one seat with `body`; put other signatures into a step of their own.",
        )
    here = (*path, "seats", name)
    if seat.same is not None or seat.allow or any(_of_signers(seat)):
        yield context.error(
            here,
            "Whoever is of the body votes, but for people of the case named under `not`.",
            "Take `same`, `allow` and exclusions of signers or holders out.",
        )


def _of_signers(seat: Seat) -> Iterator[bool]:
    return (isinstance(exclusion, Signers | Holders) for exclusion in seat.not_)


def _results(context: Context, step: Step, path: KeyPath) -> Iterator[DefinitionError]:
    for outcome in step.outcomes:
        here = (*path, "outcomes", outcome)
        yield from context.unknown(here, "result of a vote", outcome, RESULTS)
    for result in RESULTS:
        if result not in step.outcomes:
            yield context.error(
                (*path, "outcomes"),
                f"A vote can end as `{result}`, and nothing follows from that.",
                f"Add `{result}: {{event: EVENT}}`.",
            )
    if step.deadline is None:
        yield context.error(path, "Nothing closes this vote.", "Add `deadline: {after: P3D}`.")
    elif step.deadline.event is not None:
        yield context.error(
            (*path, "deadline", "event"),
            "The deadline of a vote closes it, and the result says what follows.",
            "Take `event` out.",
        )
    elif step.deadline.tell:
        yield context.error(
            (*path, "deadline", "tell"),
            "A vote is never late: at its deadline it is counted, and nobody is told of lateness.",
            "Take `tell` out; a mail on entering the state that follows tells the result.",
        )
    if step.evidence:
        yield context.error(
            (*path, "evidence"), "With a vote only a comment is given.", "Take `evidence` out."
        )


def _ballot(context: Context, vote: Ballot, path: KeyPath) -> Iterator[DefinitionError]:
    if vote.casting is not None:
        yield from context.unknown_role((*path, "casting"), vote.casting)
    yield from check_recipients(context, vote.report, (*path, "report"))
    if vote.early and vote.proxy:
        yield context.error(
            (*path, "proxy"),
            "A vote that may close early is final once it was cast, and a member can always "
            "replace what a proxy cast for them.",
            "Take `early` or `proxy` out.",
        )
    if vote.casting is not None and not vote.leaves_ties:
        yield context.error(
            (*path, "casting"),
            "A casting vote decides a tie, and with this majority a tie is no doubtful case: it "
            "is lost.",
            "Take `casting` or `majority` out.",
        )
    for name in vote.areas:
        yield from _area(context, name, (*path, "active"))


def _area(context: Context, name: str, here: KeyPath) -> Iterator[DefinitionError]:
    yield from context.unknown_field(here, name)
    field = context.body.start.fields.get(name)
    if field is not None and field.type != "choice":
        yield context.error(
            here,
            f"`{name}` can't say which area it is: it is of type `{field.type}`.",
            "Name a field with `type: choice` whose choices are roles or access lists.",
        )
    lists = {one.id for one in load_organisation().access_lists}
    for choice in (field.choices if field else None) or {}:
        if choice != NOTHING and choice not in lists:
            at = ("start", "fields", name, "choices", choice)
            yield from context.unknown_role(at, choice)


def check_links(context: Context) -> Iterator[DefinitionError]:
    """Check that a link alone never opens what not everybody may see (9.5), nor is a sign-in."""
    privacy = context.body.privacy
    for name, step in context.body.steps.items():
        covered = step.covers.fields if step.covers else tuple(context.body.start.fields)
        hidden = name in privacy.steps or privacy.case or set(covered) & set(privacy.fields)
        for seat, spec in step.seats.items():
            if spec.link is not True:
                continue
            here = ("steps", name, "seats", seat, "link")
            if hidden:
                why = "Something confidential is shown here, and a mail's link asks for no sign-in."
                yield context.error(here, why, _WITH_SIGN_IN)
            if step.auth.within is not None:
                why = "This step asks for a sign-in no longer ago, and a mail's link asks for none."
                yield context.error(here, why, _WITH_SIGN_IN)
