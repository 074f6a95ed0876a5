"""One case: what was found of it, mended in order, each thing recorded once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from definitions.acts import Head
from definitions.clock import Clock, stamp
from store.cases import report_stopped
from store.children import Current, no_current
from store.database import Database
from store.delivery import due_now
from store.pending import opening_waits
from store.recommit import Mended, Recommitter, missing_files
from store.reconciling import recorded_acts
from store.restoring import RECONCILED, record_operation
from store.signatures import SigningKey
from store.streams import head_of
from worker.reconcile.findings import (
    CLOSED_BY_OTHERS,
    SET_ASIDE,
    Carried,
    Compared,
    Finding,
    Kind,
    Recorded,
    Run,
    Unwell,
    compare,
    strays,
)
from worker.reconcile.starting import start_again
from worker.reconcile.words import entries
from workflows.messages import Patience
from workflows.names import SIGNAL_RECONCILE

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from definitions.canonical import Json

_DIGITS = 12
_BY_ITSELF = frozenset({Kind.COMPLETED, Kind.FAILED, Kind.TIMED_OUT})
MOST_TRIES = 3
"""So often is a case started anew while its record doesn't grow; then it is told about."""


@dataclass(frozen=True)
class Tools:
    """What reconciling works with.

    Attributes:
        worker_key: signs what is recorded, and what the clock and effects caused.
        current: which definition a case begins under that another one opens.
        dry_run: change and record nothing; only say what would be done.
        patience: what a case is started with.
        leave_unread: leave out runs that no key of ours opens, as if nobody had begun them.
    """

    client: Client
    database: Database
    clock: Clock
    worker_key: SigningKey
    current: Current = no_current
    dry_run: bool = False
    patience: Patience = field(default_factory=Patience)
    leave_unread: bool = False


class RecordMovedError(Exception):
    """The case's record isn't any more what it was when the case was looked at."""


@dataclass
class OneCase:
    """A case whose histories were read, and then its record.

    Attributes:
        unwell: what is known to be wrong with its present run.
        by_hand: whether somebody asked for it now, however often it was started before.
    """

    tools: Tools
    case: str
    recorded: Recorded
    carried: Carried
    unwell: Unwell | None = None
    by_hand: bool = False
    findings: list[Finding] = field(default_factory=list)

    @property
    def number(self) -> str:
        """The case's number, by whichever store knows it."""
        return self.recorded.number or self.carried.number

    async def mend(self) -> list[Finding]:
        """Mend what can be mended; returns what was found.

        Raises:
            RecordMovedError: somebody else wrote into the record meanwhile; nothing was done.
        """
        compared = compare(self.recorded, self.carried)
        await asyncio.to_thread(self._refuse_again)
        tell = await self._mend_record(compared)
        whole = not any(one.why for one in self.findings)
        await self._say_strays(compared)  # news, but no obstacle to going on
        tell |= await self._resets()
        if self.unwell is not None:
            await self._set_aside(self.unwell, whole=whole)
        if self.unwell is None or not self.unwell.of_the_run:
            await self._let_go_on(compared, tell=tell, whole=whole)
        await self._closed_by_others()
        return self.findings

    async def _let_go_on(self, compared: Compared, *, tell: bool, whole: bool) -> None:
        """Tell a case that runs what it must know; start one that must run and doesn't."""
        if self.carried.running:
            tell |= await self._catch_up(compared)
            if tell or not whole:
                await self._tell()
        elif self.recorded.open and whole:
            await self._start()
        elif self.recorded.open:
            await self._stay_stopped()
        elif self._has_mail_left():
            await self._start()

    async def _mend_record(self, compared: Compared) -> bool:
        """Write again what the record lacks; return whether anything was."""
        if compared.kind not in {Kind.AHEAD, Kind.PARTED}:
            return False
        mended = await asyncio.to_thread(self._recommit, compared)
        if mended.problem and not mended.count:
            self._refuse_moved()
        done = self._after(compared, mended)
        why = mended.problem or compared.why
        if mended.problem:
            first = done.seq + 1
            why = f"{entries(first, compared.carried.seq).capitalize()}: {mended.problem}"
        finding = self._finding(compared.kind, self._range(compared, done), compared)
        first = self.recorded.head.seq + 1
        words = entries(first, done.seq) + (" was" if first == done.seq else " were")
        if mended.count:
            said = self._did(
                f"From the signed acts in Temporal's history {words} written again, byte for byte",
                f"From the signed acts in Temporal's history {entries(first, done.seq)} would be "
                "written again",
            )
            finding = replace(finding, done=said, files=self._missing_files(compared, mended))
        self.findings.append(replace(finding, why=why))
        if why:
            self._record(replace(finding, act=f"{finding.act}:left", why=why))
        if mended.state is not None:
            self._now_recorded(compared, mended, done)
        return mended.count > 0

    def _refuse_moved(self) -> None:
        """Make sure that the record is still as it was read."""
        with self.tools.database.reading() as connection:
            if head_of(connection, self.case) != self.recorded.head:
                raise RecordMovedError

    def _refuse_again(self) -> None:
        """Remember again which acts were refused; no difference, and nothing to tell of."""
        if not self.tools.dry_run and self.carried.refused:
            self._recommitter().refuse_again(self.case, self.carried.refused)

    def _recommitter(self) -> Recommitter:
        return Recommitter(self.tools.database, self.tools.worker_key, self.tools.current)

    def _recommit(self, compared: Compared) -> Mended:
        tools = self.tools

        def record(connection: Connection, done: Head) -> None:
            finding = self._finding(Kind.AHEAD, self._range(compared, done), compared)
            about: dict[str, Json] = {"entries": [self.recorded.head.seq + 1, done.seq]}
            self._record_in(connection, replace(finding, about={**finding.about, **about}))

        return self._recommitter().mend(
            self.case, self.carried.process, compared.lost, record, dry_run=tools.dry_run
        )

    def _after(self, compared: Compared, mended: Mended) -> Head:
        return compared.lost[mended.count - 1].after if mended.count else self.recorded.head

    def _now_recorded(self, compared: Compared, mended: Mended, done: Head) -> None:
        """Take in what the record has now, or would have."""
        assert mended.state is not None  # noqa: S101 - asked by the caller
        digests = {one.after.seq: one.after.sha256 for one in compared.lost[: mended.count]}
        self.recorded = replace(
            self.recorded,
            head=done,
            number=mended.state.number,
            ended=mended.state.ended is not None,
            digests={**self.recorded.digests, **digests},
        )

    def _missing_files(self, compared: Compared, mended: Mended) -> tuple[str, ...]:
        with self.tools.database.reading() as connection:
            return tuple(missing_files(connection, compared.lost[: mended.count]))

    async def _say_strays(self, compared: Compared) -> None:
        """Say of acts that were confirmed on another past than the record's."""
        found = strays(self.recorded, self.carried, compared.lost)
        if not found or compared.kind is Kind.PARTED:
            return
        ids = sorted(str(one.signed.act["id"]) for one in found)
        act = f"reconcile:{self.case}:stray:{ids[0]}:{len(ids)}"
        if self._is_recorded(act):
            return
        why = (
            f"{len(ids)} acts of people were confirmed on another past than the record's, which "
            "the case has left since; whoever did them must be asked to do them again."
        )
        finding = Finding(Kind.PARTED, self.case, self.number, act, {"acts": ids}, why=why)
        self._record(finding)
        self.findings.append(finding)

    async def _resets(self) -> bool:
        """Say of resets that aren't known yet; return whether there were any."""
        new = False
        for reset in self.carried.resets:
            act = f"reconcile:{reset.new_run}:reset"
            if self._is_recorded(act):
                continue
            said = "The case was told to compare itself with the record"
            about = {"run": reset.base_run, "new_run": reset.new_run}
            would = "The case would be told to compare itself with the record"
            self._found(Kind.RESET, act, about, self._did(said, would))
            new = True
        return new

    async def _catch_up(self, compared: Compared) -> bool:
        """Say that a running case lags behind; return whether it must be told."""
        if compared.kind is not Kind.BEHIND:
            return False
        ended, head = self.recorded.ended, self.recorded.head
        kind = Kind.ENDED_BUT_RUNNING if ended else Kind.BEHIND
        act = (
            f"reconcile:{self.case}:{kind}:{compared.carried.seq}-{head.seq}:"
            f"{head.sha256[:_DIGITS]}"
        )
        took = "adopts the state in which it ended, and ends" if ended else "catches up"
        would = "It would be told to compare itself with the record"
        said = self._did(f"It was told to compare itself with the record: it {took}", would)
        self._found(kind, act, self._heads(compared), said)
        return True

    async def _set_aside(self, unwell: Unwell, *, whole: bool) -> None:
        """End a run that can't go on, and start its case anew; or say why that isn't done."""
        about: dict[str, Json] = {"run": unwell.run, "record": self.recorded.head.seq}
        about |= {"ailment": str(unwell.ailment)} if unwell.ailment else {}
        finding = Finding(unwell.kind, self.case, self.number, unwell.act, about)
        why = self._not_anew(unwell, whole=whole)
        if why:
            left = replace(finding, act=f"{unwell.act}:left", why=why)
            if unwell.of_the_run:
                self._record(left)
            self.findings.append(left)
            return
        seq = self.recorded.head.seq
        done = self._did(
            f"{_capital(unwell.words)} It was set aside, and {_anew(seq, 'was ')}",
            f"{_capital(unwell.words)} It would be set aside, and {_anew(seq, '')}",
        )
        # Recorded before it is done: whoever dies in between leaves a case that doesn't run, and
        # that the next sweep starts.
        self._record(finding)
        if not self.tools.dry_run:
            await self._end_run(unwell)
            await start_again(
                self.tools.client,
                self.tools.database,
                self.case,
                self.tools.patience,
                also_ended=self.recorded.ended,
            )
        self.findings.append(replace(finding, done=done, started=True))

    def _not_anew(self, unwell: Unwell, *, whole: bool) -> str:
        """Return why a run isn't set aside, as a sentence; "" if it is."""
        if not unwell.of_the_run or not whole or not (self.recorded.exists or self._is_asked()):
            return _capital(unwell.words)
        tries = 0 if self.by_hand else self._tries()
        if tries < MOST_TRIES:
            return ""
        return (
            f"{_capital(unwell.words)} It was started anew {tries} times from the same entry of "
            "the record, and failed again each time."
        )

    def _tries(self) -> int:
        """Return how often the case was started anew from where its record ends now."""
        if not self.recorded.exists:
            return sum(self._how(run) is Kind.STUCK for run in self.carried.runs)
        follows = zip(self.carried.runs, self.carried.told[1:], strict=False)
        acts = [
            f"reconcile:{run.id}:{Kind.STUCK}"
            for run, then in follows
            if then.began == self.recorded.head
        ]
        with self.tools.database.reading() as connection:
            return len(recorded_acts(connection, acts))

    def _is_asked(self) -> bool:
        """Say whether somebody still waits for the case to be opened: then that is sent again."""
        with self.tools.database.reading() as connection:
            return opening_waits(connection, self.case)

    async def _end_run(self, unwell: Unwell) -> None:
        handle = self.tools.client.get_workflow_handle(self.case, run_id=unwell.run)
        try:
            await handle.terminate(reason=f"Set aside by Countersign: {unwell.kind}.")
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise

    def _has_mail_left(self) -> bool:
        """Say whether a case that has ended can't send its last mail: its run was closed."""
        runs = self.carried.runs
        if not (self.recorded.exists and runs and closes(runs[-1])):
            return False
        with self.tools.database.reading() as connection:
            return bool(due_now(connection, self.case, limit=1))

    async def _start(self) -> None:
        """Start a case again that isn't done in the record and doesn't run."""
        head = self.recorded.head
        last = self.carried.runs[-1] if self.carried.runs else None
        kind = Kind.MISSING if last is None or last.ended is None else self._how(last)
        run = last.id if last else f"{self.case}:{head.seq}:{head.sha256[:_DIGITS]}"
        about: dict[str, Json] = {"run": last.id} if last else {"record": head.seq}
        act, ends = f"reconcile:{run}:{kind}", 0 if self.by_hand else self._ends()
        if ends >= MOST_TRIES:
            why = (
                f"It was started anew {ends} times from the same entry of the record, and its "
                "workflow ended each time."
            )
            left = Finding(kind, self.case, self.number, f"{act}:left", about, why=why)
            self._record(left)
            self.findings.append(left)
            await self._stay_stopped()
            return
        said = self._did(
            f"It was started again from the stored state, after entry {head.seq}",
            f"It would be started again from the stored state, after entry {head.seq}",
        )
        started = self.tools.dry_run or await start_again(
            self.tools.client,
            self.tools.database,
            self.case,
            self.tools.patience,
            also_ended=self.recorded.ended,
        )
        if not started:
            return  # it runs by now
        self._found(kind, act, about, said)
        self.findings[-1] = replace(self.findings[-1], started=True)

    def _ends(self) -> int:
        """Return how often a run ended by itself that began where the record ends now."""
        went_on = {told.before for told in self.carried.told}
        return sum(
            run.ended in _BY_ITSELF and run.id not in went_on and told.began == self.recorded.head
            for run, told in zip(self.carried.runs, self.carried.told, strict=True)
        )

    async def _stay_stopped(self) -> None:
        """Show a case as stopped that neither runs nor can be started without losing acts."""
        if not self.tools.dry_run:
            why = next(one.why for one in self.findings if one.why)
            await asyncio.to_thread(report_stopped, self.tools.database, self.case, why)

    async def _closed_by_others(self) -> None:
        """Say of runs that were closed by Temporal's own means and aren't known yet."""
        by_reset = {reset.base_run for reset in self.carried.resets}
        said = {one.act for one in self.findings}
        if not self.recorded.exists:
            return
        for run in self.carried.runs:
            act = f"reconcile:{run.id}:{run.ended}"
            told = run.id in by_reset or act in said or self._is_recorded(act)
            told = told or self._how(run) in SET_ASIDE
            if run.ended in CLOSED_BY_OTHERS and not told:
                self._found(run.ended, act, {"run": run.id}, self._since())

    def _how(self, run: Run) -> Kind:
        """Return how a run ended: ended by us, it counts as what it was ended for."""
        aside = (kind for kind in SET_ASIDE if self._is_recorded(f"reconcile:{run.id}:{kind}"))
        return next(aside, run.ended or Kind.COMPLETED)

    def _since(self) -> str:
        if self.carried.running:
            return "The case has been started again since."
        return "The case had ended." if self.recorded.ended else ""

    async def _tell(self) -> None:
        """Tell a running case to compare itself with the record."""
        if self.tools.dry_run:
            return
        try:
            await self.tools.client.get_workflow_handle(self.case).signal(SIGNAL_RECONCILE)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise

    def _found(self, kind: Kind, act: str, about: dict[str, Json], done: str) -> None:
        finding = Finding(kind, self.case, self.number, act, about, done=done)
        self._record(finding)
        self.findings.append(finding)

    def _finding(self, kind: Kind, act: str, compared: Compared) -> Finding:
        return Finding(kind, self.case, self.number, act, self._heads(compared))

    def _heads(self, compared: Compared) -> dict[str, Json]:
        return {"record": self.recorded.head.seq, "case_head": compared.carried.seq}

    def _range(self, compared: Compared, done: Head) -> str:
        before = self.recorded.head
        if compared.kind is Kind.PARTED:
            heads = f"{before.sha256[:_DIGITS]}:{compared.carried.sha256[:_DIGITS]}"
            return f"reconcile:{self.case}:parted:{heads}"
        # The whole digest: `record verify` believes what was written again by this note alone.
        return f"reconcile:{self.case}:{before.seq}-{done.seq}:{done.sha256}"

    def _did(self, past: str, would: str) -> str:
        return f"{would if self.tools.dry_run else past}."

    def _is_recorded(self, act: str) -> bool:
        with self.tools.database.reading() as connection:
            return bool(recorded_acts(connection, [act]))

    def _record(self, finding: Finding) -> None:
        if not self.tools.dry_run:
            with self.tools.database.writing() as connection:
                self._record_in(connection, finding)

    def _record_in(self, connection: Connection, finding: Finding) -> None:
        source = "temporal-history" if finding.kind is Kind.AHEAD else "stored-state"
        about: dict[str, Json] = {
            "case": self.case,
            "number": finding.number,
            "found": str(finding.kind),
            "source": source,
            "mended": not finding.why,
            **finding.about,
        }
        at = stamp(self.tools.clock.now())
        key = self.tools.worker_key
        record_operation(connection, RECONCILED, about, at, key, finding.act)


def _anew(seq: int, was: str) -> str:
    if not seq:
        return "its opening, which nobody has answered, is sent again"
    return f"the case {was}started anew from the stored state, after entry {seq}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def closes(run: Run) -> bool:
    """Say whether a run was closed by Temporal's own means."""
    return run.ended in CLOSED_BY_OTHERS
