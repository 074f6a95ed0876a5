"""Replays a case from its entries by the rules, and compares what comes out with what is kept.

Where an opening that the rules need was erased, the states from there on can't be computed any
more; the chain of digests still says whether the stored state is the recorded one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from definitions.acts import CASE_KINDS, PERSON_KINDS, Act, Entry, Facts, Opening
from definitions.canonical import Json
from definitions.definition import Definition
from definitions.refusals import Refusal
from definitions.rules import Changes, MailDue, apply
from definitions.state import CaseState
from store import tables
from store.cases import UnknownDefinitionError, load_definition, load_state
from store.mail_entries import MAIL
from store.record.chain import BadRecord
from store.record.deriving import Deriving, Taken
from store.record.differing import Differing
from store.record.links import IssuedLinks
from store.ticking import opener_at, tick_row


@dataclass
class CaseReplay:
    """How far a case has been replayed.

    Attributes:
        whole: whether every state could be computed; false once an opening is missing.
        state: the computed state after the last entry, while `whole`.
        digest: the last entry's digest of the state.
        mails_due: the entries that must follow next, in order, by their ids.
        deriving: derives the facts again; None where they are taken as given.
        time: of the last act's entry.
        links: the links that mails brought, and acts were signed with.
        tick: the row of `ticks` that follows, where a schedule opened the case.
    """

    connection: Connection
    case: str
    whole: bool = True
    state: CaseState | None = None
    digest: str = ""
    mails_due: dict[str, MailDue] = field(default_factory=dict)
    deriving: Deriving | None = None
    time: str = ""
    definition: Definition | None = None
    links: IssuedLinks = field(default_factory=IssuedLinks)
    tick: dict[str, Json] | None = None

    def check(self, entry: Entry, act: Act, openings: Mapping[str, Opening]) -> None:
        """Take the next entry, whose chain and signature hold.

        Raises:
            BadRecord: the rules refuse it, or lead to another state than it says.
        """
        if self.definition is None:
            self.definition = self._definition(entry, act)
        if act.kind == MAIL:
            self._check_mail(entry, act)
            return
        if act.kind not in PERSON_KINDS | CASE_KINDS:
            raise BadRecord(entry.seq, f"nothing of the kind “{act.kind}” happens in a case")
        if self.mails_due:
            missing = next(iter(self.mails_due))
            raise BadRecord(entry.seq, f"the entry {missing} is missing before it")
        if act.kind == "open":
            self._check_opening(self.definition, entry, act)
        self.links.check(entry, act)
        if act.kind == "draw" and entry.facts.get("seed") != entry.prev:
            raise BadRecord(entry.seq, "its lot has another seed than the entry before it")
        self.whole = self.whole and set(openings) == set(act.values)
        values = {name: opening.value for name, opening in openings.items()}
        self._take(self._taken(self.definition, entry, act, values), values)

    def _take(self, taken: Taken, values: Mapping[str, Json]) -> None:
        """Derive the facts again, and apply the act with them."""
        if self.deriving is not None:
            self.deriving.check(taken)
        if self.whole:
            changes = self._apply(taken, values)
            if self.deriving is not None:
                self.deriving.after(taken, changes)
            self.state = changes.state
        elif self.deriving is not None:
            self.deriving.apart.add(self.case)
        self.digest, self.time = taken.entry.state, taken.facts.time

    def finish(self, seq: int) -> None:
        """Compare the stored case with what came out of its `seq` entries.

        Raises:
            BadRecord: they differ.
        """
        if self.mails_due:
            missing = next(iter(self.mails_due))
            raise BadRecord(seq + 1, f"the entry {missing} is missing at the end")
        try:
            stored = load_state(self.connection, self.case)
        except ValueError as error:
            raise BadRecord(seq, "the stored state of the case can't be read") from error
        if stored is None:
            raise BadRecord(seq, "the case's state is missing beside its record")
        if stored.digest() != self.digest:
            raise BadRecord(seq, "the stored state of the case isn't the one after its last entry")
        if self.whole and stored != self.state:
            raise BadRecord(seq, "values kept for the rules aren't those that were signed")
        self._check_row(seq, stored)
        if self.tick is not None:
            self._check_tick(self.tick)
        if self.deriving is not None and self.whole:
            self.deriving.outbox.finish(self.case)

    def _definition(self, entry: Entry, act: Act) -> Definition:
        if act.kind != "open":
            raise BadRecord(entry.seq, "a case begins with the act that opens it")
        try:
            return load_definition(self.connection, act.definition)
        except (UnknownDefinitionError, ValueError) as error:
            raise BadRecord(
                entry.seq, f"the definition {act.definition[:12]} under which it began is missing"
            ) from error

    def _taken(
        self, definition: Definition, entry: Entry, act: Act, values: Mapping[str, Json]
    ) -> Taken:
        try:
            facts = Facts.from_json(entry.facts)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadRecord(entry.seq, f"its facts can't be read ({error!r})") from error
        state = self.state if self.whole else None
        return Taken(definition, state, entry, act, facts, values if self.whole else None)

    def _apply(self, taken: Taken, values: Mapping[str, Json]) -> Changes:
        entry = taken.entry
        try:
            changes = apply(taken.definition, self.state, taken.act, values, taken.facts)
        except (ValueError, TypeError, KeyError) as error:
            raise BadRecord(entry.seq, f"the rules can't read it ({error!r})") from error
        if isinstance(changes, Refusal):
            raise BadRecord(entry.seq, f"the rules refuse it: {changes.sentence}")
        if changes.state.digest() != entry.state:
            raise BadRecord(entry.seq, "by the rules it leads to another state than it says")
        self.mails_due = {f"{self.case}:{entry.seq}:{mail.key}": mail for mail in changes.mails}
        return changes

    def _check_opening(self, definition: Definition, entry: Entry, act: Act) -> None:
        """Check for whom a schedule opened the case: it follows from the directory as it stood."""
        self.tick = tick_row(act, definition.process)
        if self.tick is None:
            return
        schedule = definition.body.start.schedule
        opener = opener_at(self.connection, schedule.opener, act.at) if schedule else None
        if entry.facts.get("people") != {"opener": [opener]}:
            raise BadRecord(entry.seq, "it isn't opened for whoever it should have been then")

    def _check_tick(self, row: dict[str, Json]) -> None:
        differing = Differing(tables.ticks)
        differing.compare(self.connection, [row], tables.ticks.c.case == self.case)
        if differing.counts():
            raise BadRecord(1, "the moment by which it was opened isn't kept as it was recorded")

    def _check_mail(self, entry: Entry, act: Act) -> None:
        if entry.state != self.digest:
            raise BadRecord(entry.seq, "a mail doesn't change the state, but here it says so")
        if not self.time == act.at == entry.facts.get("time"):
            raise BadRecord(entry.seq, "it doesn't have the time of the entry that made it due")
        self.links.mailed(entry, act, self.state if self.whole else None)
        if not self.whole:
            return
        if not self.mails_due or next(iter(self.mails_due)) != act.id:
            raise BadRecord(entry.seq, "by the rules this mail wasn't due here")
        due = self.mails_due.pop(act.id)
        if self.deriving is not None and self.definition is not None and self.state is not None:
            self.deriving.check_mail(self.definition, self.state, due, entry)

    def _check_row(self, seq: int, state: CaseState) -> None:
        cases = tables.cases.c
        row = self.connection.execute(
            select(
                cases.number,
                cases.process,
                cases.version,
                cases.opener,
                cases.outcome,
                cases.opened_at,
                cases.ended_at,
            ).where(cases.case == self.case)
        ).one()
        said = (
            state.number,
            state.process,
            state.definition,
            state.people["opener"][0],
            state.ended,
            state.opened_at,
            state.ended_at,
        )
        if tuple(row) != said:
            raise BadRecord(seq, "what stands beside the stored state isn't what the state says")
