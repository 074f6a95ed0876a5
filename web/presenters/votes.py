"""The votes of a case: how each stands or ended, and who voted what, when, how and for whom.

Votes are published (9.1.5): everybody who sees the case sees them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from definitions.acts import MAIL_LINK
from definitions.clock import parse
from definitions.definition import Definition
from definitions.model import words
from definitions.rules import tally
from definitions.state import CaseState, Vote, VoteState
from definitions.voting import ABSTAIN, AYE, NAYE
from store.queries.timeline import EntryRow
from web.page_models import Tone, VoteLine, VoteShown
from web.presenters.ballots import CHOICE_WORDS, casting_of, ended, vote_sentences
from web.presenters.reader import Reader, section
from web.presenters.words import capital, closing, since

_TONES: Mapping[str, str] = {AYE: "good", NAYE: "bad", ABSTAIN: "off"}
_ACTIVE = "Active in the area: abstains by rule."
_CONFLICTED = "Declared a conflict of interest: abstains."


@dataclass(frozen=True)
class Votes:
    """What is told of votes.

    Attributes:
        behind: the entries of votes, recusals and leavings, among others.
        url: returns where an entry is.
    """

    definition: Definition
    state: CaseState
    behind: Sequence[EntryRow]
    url: Callable[[int], str]


def anchor(step: str) -> str:
    """Return the HTML id of a vote."""
    return f"vote-{step}"


def votes(reader: Reader, told: Votes) -> tuple[VoteShown, ...]:
    """Return every vote of the case, in the order of the definition."""
    steps = told.definition.body.steps
    return tuple(_vote(reader, told, step) for step in steps if step in told.state.votes)


def _vote(reader: Reader, told: Votes, step: str) -> VoteShown:
    definition, state = told.definition, told.state
    spec, at = definition.step(step), state.steps[step]
    open_ = state.is_open(step)
    label, tone, sentences = _how(reader, definition, state, step)
    return VoteShown(
        anchor=anchor(step),
        title=words(spec.title),
        label=label,
        tone=tone,
        sentences=sentences,
        lines=tuple(_lines(reader, told, step)),
        section=section(spec.policy),
        closes=closing(at.due, reader.now) if open_ and at.due else None,
    )


def _how(
    reader: Reader, definition: Definition, state: CaseState, step: str
) -> tuple[str, Tone, tuple[str, ...]]:
    """Return a vote's label with its tone, and its numbers."""
    at, result = state.steps[step], state.votes[step].result
    now = tally(definition, state, step, casting_of(reader.community, definition.step(step).vote))
    if result is not None:
        outcome = definition.step(step).outcomes[result]
        good = result == next(iter(definition.step(step).outcomes))
        label = words(outcome.title) or capital(result)
        return label, "good" if good else "bad", ended(now, result)
    if not state.is_open(step):
        return "Not finished", "quiet", ("The case went on before the vote was over.",)
    if at.due is not None and parse(at.due) <= reader.now:
        sentence = "Its time is over; the result is being recorded."
        return (
            "Closed",
            "waiting",
            (*vote_sentences(definition, state, step, reader.community)[:1], sentence),
        )
    return (
        "Open",
        "waiting",
        vote_sentences(definition, state, step, reader.community),
    )


def _lines(reader: Reader, told: Votes, step: str) -> Iterator[VoteLine]:
    """Yield who voted, in the order in which they did; who hasn't; who was taken out."""
    vote, name = told.state.votes[step], reader.community.name
    acts = {row.act.id: row for row in told.behind}
    cast = {one.voter: one for one in vote.votes}
    for one in sorted(vote.votes, key=lambda one: one.at):
        yield _cast(reader, told, vote, one, acts.get(one.act))
    missing = "Not yet" if told.state.is_open(step) else "Didn't vote"
    for person in sorted((p for p in vote.electorate if p not in cast), key=name):
        note = _note(vote, person)
        yield VoteLine(person=reader.person(person), choice=missing, tone="waiting", note=note)
    yield from _gone(reader, told, step)


def _cast(
    reader: Reader, told: Votes, vote: VoteState, one: Vote, row: EntryRow | None
) -> VoteLine:
    by_link = row is not None and (row.act.auth["kind"] == MAIL_LINK or "link" in row.act.auth)
    return VoteLine(
        person=reader.person(one.voter),
        choice=CHOICE_WORDS.get(one.choice, one.choice),
        tone=_TONES.get(one.choice, "off"),
        at=since(one.at, reader.now),
        how="from the mail's link" if by_link else "signed in",
        proxy=reader.person(one.actor) if one.actor != one.voter else None,
        note=_note(vote, one.voter),
        url=told.url(row.seq) if row else "",
    )


def _note(vote: VoteState, person: str) -> str:
    if person in vote.active:
        return _ACTIVE
    return _CONFLICTED if person in vote.conflicted else ""


def _gone(reader: Reader, told: Votes, step: str) -> Iterator[VoteLine]:
    """Yield who recused themselves or left the body: they don't count."""
    vote, instance = told.state.votes[step], told.state.steps[step].instance
    for kind, persons, choice in (
        ("recuse", vote.recused, "Recused"),
        ("left_body", vote.left, "Left the body"),
    ):
        for person in persons:
            row = _by(told.behind, kind, step, instance, person)
            yield VoteLine(
                person=reader.person(person),
                choice=choice,
                tone="off",
                at=since(row.facts.time, reader.now) if row else None,
                note="Counts no longer among those who may vote.",
                url=told.url(row.seq) if row else "",
            )


def _by(
    behind: Sequence[EntryRow], kind: str, step: str, instance: str, person: str
) -> EntryRow | None:
    """Return the entry by which somebody was taken out of a vote."""
    for row in reversed(behind):
        act = row.act
        whose = act.seat if kind == "left_body" else act.actor
        if (act.kind, act.step, act.instance, whose) == (kind, step, instance, person):
            return row
    return None
