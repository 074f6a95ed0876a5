"""What is published of a case or a ruling, for people of whom nothing is known.

It is made from what the definition publishes and from nothing else. Nobody is named but who is
published: as the value of a field, or as who ruled; without a link, since people's pages are for
Members.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from definitions.acts import Act
from definitions.canonical import Json
from definitions.definition import Definition
from definitions.model import FieldSpec, words
from definitions.publishing import Publishes, hides, parts_of
from definitions.rules import confidential_steps
from definitions.rules.ruled import told_in_words
from definitions.ruling import Ruling
from definitions.state import CaseState, Signature
from store.queries.cases import CaseRow, FieldKey
from store.queries.community import Community
from store.queries.public import Ruled
from web.page_models import People, Person, PublicLine, Row, Text, Tone, Value, Waived
from web.presenters.fields import ERASED, value, withheld, withheld_step
from web.presenters.reader import Reader
from web.presenters.ruling import waived
from web.presenters.words import since

_SUBJECT_LENGTH = 120
_NOBODY = Community({}, {})
_TONES: Mapping[str, Tone] = {"good": "good", "bad": "bad", "neutral": "quiet"}


@dataclass(frozen=True)
class Given:
    """What was given in cases, so far as it is published.

    Attributes:
        values: those that are there; one that an act has and that is missing here was erased.
        acts: the signed acts, by id.
        names: of the people who are published.
    """

    values: Mapping[FieldKey, Json] = field(default_factory=dict)
    acts: Mapping[str, Act] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


def keys_of(definition: Definition, publishes: Publishes, state: CaseState) -> list[FieldKey]:
    """Return where all is that is published of a case; nothing that `privacy` hides."""
    shown = [name for name in publishes.shows if hides(definition.body, name) is None]
    return [(act, parts_of(name)[1]) for name in shown for act in _acts(state, name)]


def people_in(
    definition: Definition,
    publishes: Publishes,
    state: CaseState,
    values: Mapping[FieldKey, Json],
) -> Iterator[str]:
    """Yield the ids of people whom published values name."""
    for name in publishes.shows:
        if definition.field(name).type == "person":
            keys = [(act, parts_of(name)[1]) for act in _acts(state, name)]
            yield from (str(values[key]) for key in keys if key in values)


def case_rows(
    definition: Definition, publishes: Publishes, state: CaseState, given: Given, now: datetime
) -> tuple[Row, ...]:
    """Return what is published of a case, and that more was given which isn't."""
    rows = [
        Row(label=words(definition.field(name).title), value=shown)
        for name in publishes.shows
        for shown in _values(definition, state, name, given, now)
    ]
    rows += [
        Row(label=words(definition.step(step).title), value=withheld_step(definition, step))
        for step in definition.body.steps
        if step in confidential_steps(definition) and _signed(state, step)
    ]
    return tuple(rows)


def case_line(
    definition: Definition, row: CaseRow, rows: tuple[Row, ...], url: str, now: datetime
) -> PublicLine:
    """Return a published case in a line; what it is about is the first of what is published."""
    ended = row.state.ended
    tone = _TONES[definition.chart.states[ended].outcome] if ended else "waiting"
    return PublicLine(
        number=row.number,
        url=url,
        at=since(row.ended_at or row.opened_at, now),
        subject=subject(rows),
        label=definition.state_title(ended) if ended else "Goes on",
        tone=tone,
    )


def subject(rows: tuple[Row, ...]) -> str:
    """Return the first of some rows in a line; "" if there is none, or it isn't text."""
    first = rows[0].value if rows else None
    found = " ".join(first.text.split()) if isinstance(first, Text) else ""
    return found if len(found) <= _SUBJECT_LENGTH else f"{found[:_SUBJECT_LENGTH]}…"


def ruling_line(definition: Definition, ruled: Ruled, url: str, now: datetime) -> PublicLine:
    """Return a ruling in a line.

    Args:
        definition: of the case that it is about.
    """
    told = f"{ruled.on.number}: {ruling_sentence(definition, ruled)}"
    return PublicLine(number=ruled.number, url=url, at=since(ruled.facts.time, now), subject=told)


def ruling_rows(ruled: Ruled, names: Mapping[str, str]) -> tuple[Row, ...]:
    """Return what a ruling says: on which case, who made it where, for whom it holds and why."""
    judge = Person(name=names.get(ruled.act.actor, ruled.act.actor))
    return (
        Row(label="On case", value=Text(text=ruled.on.number)),
        Row(label="Made in case", value=Text(text=ruled.made_in.number)),
        Row(label="Ruled by", value=People(people=(judge,))),
        Row(label="Scope", value=_text(ruled, "scope")),
        Row(label="Reasons", value=_text(ruled, "reasons")),
    )


def ruling_sentence(definition: Definition, ruled: Ruled) -> str:
    """Return what a ruling does to the case that it is about."""
    ruling = Ruling.read((ruled.facts.ruling or {}).get("ruling"))
    return told_in_words(definition, ruling) if ruling else ""


def ruling_waives(definition: Definition, ruled: Ruled) -> tuple[Waived, ...]:
    """Return what a ruling waives of what the policy asks for."""
    return waived(definition, tuple((ruled.facts.ruling or {}).get("waived", ())))


def _text(ruled: Ruled, name: str) -> Value:
    if name in ruled.values:
        return Text(text=str(ruled.values[name]))
    return ERASED if name in ruled.act.values else Text(text="")


def _values(
    definition: Definition, state: CaseState, name: str, given: Given, now: datetime
) -> Iterator[Value]:
    step, own = parts_of(name)
    spec, by = definition.field(name), hides(definition.body, name)
    for act in _acts(state, name):
        if by is not None:
            hidden = withheld_step(definition, step) if step and by == "steps" else None
            yield hidden or withheld(definition, own)
            return
        was_given = step is None or (act in given.acts and own in given.acts[act].values)
        if (act, own) in given.values:
            yield _value(spec, given.values[act, own], given, now)
        elif was_given:
            yield ERASED


def _value(spec: FieldSpec, found: Json, given: Given, now: datetime) -> Value:
    if spec.type == "person":
        return People(people=(Person(name=given.names.get(str(found), "Somebody unknown")),))
    return value(Reader("", frozenset(), now, _NOBODY), spec, found)


def _acts(state: CaseState, name: str) -> list[str]:
    """Return the acts by which something was given; of a step those signatures that count."""
    step, own = parts_of(name)
    if step is None:
        return [state.fields[own].act] if own in state.fields else []
    return [one.act for one in _signed(state, step)]


def _signed(state: CaseState, step: str) -> tuple[Signature, ...]:
    at = state.steps.get(step)
    return at.signatures if at is not None else ()
