"""The state of a case: what the rules read, and what they return changed.

It is plain and serialisable; the workflow carries it, the store keeps it after each entry. Its
digest goes over commitments and never over values: `known`, the few plain values that rules
need (a risk that counts reviewers), stays outside of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from definitions.canonical import Json, digest
from definitions.ruling import RulingState

STATE_FORMAT = "countersign-state/1"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Signature(_Part):
    """A sign-off that counts: who signed which seat with which outcome, by which act, when."""

    act: str
    actor: str
    seat: str
    outcome: str
    at: str


class StepState(_Part):
    """The latest instance of a step.

    Attributes:
        instance: "1" for the first time that the case came here.
        since: when it opened.
        due: its deadline, None without one; `overdue` says that it has passed.
        reminders: times of the reminders still to come.
        signatures: those that count; retracted and outdated ones are only in the record.
        declined: persons who declined in this instance.
        closed: None while it is open, else when it closed.
        outcome: the outcome that closed it, None if something else did.
    """

    instance: str
    since: str
    due: str | None = None
    reminders: tuple[str, ...] = ()
    overdue: bool = False
    signatures: tuple[Signature, ...] = ()
    declined: tuple[str, ...] = ()
    closed: str | None = None
    outcome: str | None = None


class FieldState(_Part):
    """A field's commitment, and the act whose opening opens it."""

    commitment: str
    act: str


class Vote(_Part):
    """A vote that counts: whose it is, and who cast it (another one, if by proxy)."""

    act: str
    voter: str
    actor: str
    choice: str
    at: str


class VoteState(_Part):
    """The vote in a step's latest instance.

    Attributes:
        electorate: fixed at the opening; who recuses or leaves the body is taken out.
        members: how many the electorate had at the opening.
        recused: who took themselves out for a conflict of interest.
        left: who left the body while the vote was open.
        declared: who declared whether they have a conflict of interest, before voting.
        conflicted: who of them declared one; they abstain or recuse.
        active: who abstains by rule, being active in the area (Policy 9.1.5).
        votes: the latest one of each.
        result: how it ended; None while it is open.
    """

    electorate: tuple[str, ...]
    members: int
    recused: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()
    conflicted: tuple[str, ...] = ()
    active: tuple[str, ...] = ()
    votes: tuple[Vote, ...] = ()
    result: str | None = None


class Item(_Part):
    """One thing of a list that is signed off by itself.

    Attributes:
        act: the act that added it, whose value `item` is its title; None for those of the
            definition.
    """

    id: str
    act: str | None = None


class Child(_Part):
    """A case that this one opened.

    Attributes:
        case: its workflow's id.
        number: its number, once its end is known here.
        ended: its final state, once it has come to it.
        n: how often this case has opened one under that name.
    """

    case: str
    process: str
    state: str
    number: str | None = None
    ended: str | None = None
    n: int = 1


class DrawState(_Part):
    """A person to be drawn: since when it is due, who declined, and whether it is done."""

    due: str
    passed: tuple[str, ...] = ()
    done: bool = False


class Queued(_Part):
    """What this case has queued for another process."""

    process: str
    text: Mapping[str, str]
    at: str


class Taken(_Part):
    """What this case has on a list because another queued it.

    Attributes:
        step: the step with the list.
        key: of all that was ever queued, only this has it.
        case: who queued it; `number` its number.
        text: what it is, in words, by language.
    """

    step: str
    key: str
    case: str
    number: str
    text: Mapping[str, str]


class NamedCase(_Part):
    """Another case that a field names: its id, and its number."""

    case: str
    number: str


class Repeat(_Part):
    """That this case came to a state in which cases of its process are counted.

    Attributes:
        state: which; `at` when it first did.
        within: how long before that others count.
        least: from the how-manieth on it is a repetition.
        earlier: the numbers of the others.
    """

    state: str
    within: str
    least: int
    at: str
    earlier: tuple[str, ...] = ()


class CaseState(_Part):
    """One case, after one of its entries.

    Attributes:
        number: `LYYYYMMDD.n`.
        definition: the version that the case lives and dies by.
        people: the people of the case by name (`opener`, `author` …), as person ids.
        configuration: the active states, in the order of the machine.
        history: what history states remember.
        steps: each step that the case ever came to, with its latest instance.
        ended: the final state, once it is reached; `ended_at` when.
        votes: of each step in which a body votes, the latest.
        items: of each step with a list, what is on it.
        children: the cases that this one opened, by the names that it gave them.
        draws: the people drawn, or to be drawn.
        signed_before: of steps of which somebody asks that, who signed them in rounds that are
            over.
        queued: what it has queued for other processes, in order.
        taken: of things on its lists that others queued, what and whose they are.
        repeats: of effects that happen where cases repeat, by key: that it came to their state.
        rulings: those on this case, in order; `given` those that were made in it on others.
        suspended: since when a ruling has suspended it, None while it goes on; `lapses` when that
            ruling's time is up, None if it holds until another one.
        named: the case that each field names which names one.
        known: plain values of the fields that rules read. Not part of the digest.
    """

    case: str
    number: str
    process: str
    definition: str
    rules: int
    opened_at: str
    people: Mapping[str, tuple[str, ...]]
    fields: Mapping[str, FieldState]
    configuration: tuple[str, ...] = ()
    history: Mapping[str, tuple[str, ...]] = {}
    steps: Mapping[str, StepState] = {}
    ended: str | None = None
    ended_at: str | None = None
    votes: Mapping[str, VoteState] = {}
    items: Mapping[str, tuple[Item, ...]] = {}
    children: Mapping[str, Child] = {}
    draws: Mapping[str, DrawState] = {}
    signed_before: Mapping[str, tuple[str, ...]] = {}
    queued: tuple[Queued, ...] = ()
    taken: Mapping[str, Taken] = {}
    repeats: Mapping[str, Repeat] = {}
    rulings: tuple[RulingState, ...] = ()
    given: tuple[RulingState, ...] = ()
    suspended: str | None = None
    lapses: str | None = None
    named: Mapping[str, NamedCase] = {}
    known: Mapping[str, Json] = {}
    format: str = STATE_FORMAT

    def to_json(self) -> dict[str, Json]:
        """Return the whole state, `known` included."""
        return self.model_dump(mode="json")

    def digestible(self) -> dict[str, Json]:
        """Return what the digest goes over: all but `known`."""
        data: dict[str, Json] = self.model_dump(mode="json", exclude={"known"})
        # Parts that came later are left out while they are empty: states recorded before they
        # came keep their digests.
        return {name: part for name, part in data.items() if part or name not in _LATER}

    def digest(self) -> str:
        """Return the digest that entries carry."""
        return digest(self.digestible())

    def commitments(self) -> dict[str, str]:
        """Return each field's commitment."""
        return {name: field.commitment for name, field in self.fields.items()}

    def is_open(self, step: str) -> bool:
        """Say whether the step waits for people now."""
        at = self.steps.get(step)
        return at is not None and at.closed is None and step in self.configuration


_LATER = frozenset(
    {"votes", "items", "children", "draws", "signed_before", "queued", "taken"}
    | {"repeats", "rulings", "given", "suspended", "lapses", "named"}
)
