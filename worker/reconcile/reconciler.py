"""Compares Temporal and the record, case by case, and mends what can be mended.

What a case carries is read from Temporal's histories, so no worker need run. The record is
mended from the signed acts in them; a case is mended by being told to compare itself with the
record, or by being started again from it. Two different pasts are never made one: such a case
stays stopped, and is told about. Everything found is recorded, once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from store.reconciling import all_cases, recorded_case
from worker.errors import CodecError
from worker.reconcile.findings import (
    SET_ASIDE,
    Finding,
    Kind,
    Recorded,
    Run,
    Unwell,
    compare,
)
from worker.reconcile.one_case import OneCase, RecordMovedError, Tools, closes
from worker.reconcile.reading import carried_case, listed_runs
from worker.reconcile.unwell import unwell_of

if TYPE_CHECKING:
    from definitions.canonical import Json

_log = logging.getLogger(__name__)
_AT_ONCE: Final = 4
_LOOKS: Final = 3
_IF_NO_KEY: Final = (
    "If that key can't be had any more, `countersign reconcile --leave-unread` goes by the record "
    "alone."
)
"""How often a case that is behind is looked at, in case it was just told of its commit."""


@dataclass(frozen=True)
class Report:
    """What reconciling found and did.

    Attributes:
        cases: how many there are, in either store.
        findings: by case, in the order in which things were done.
    """

    cases: int
    findings: Sequence[Finding]
    dry_run: bool

    @property
    def ok(self) -> bool:
        """Whether all cases agreed or were mended (or would be), and none is stuck."""
        stuck = self.dry_run and any(finding.kind in SET_ASIDE for finding in self.findings)
        return not stuck and not any(finding.why for finding in self.findings)

    @property
    def complete(self) -> bool:
        """Whether every case could be looked at."""
        return not any(finding.passing for finding in self.findings)

    def to_json(self) -> dict[str, Json]:
        """Return the report for programs."""
        return {
            "ok": self.ok,
            "dry_run": self.dry_run,
            "cases": self.cases,
            "findings": [finding.to_json() for finding in self.findings],
        }


@dataclass(frozen=True)
class Reconciler:
    """Reconciles one case, or all."""

    tools: Tools

    async def everything(self) -> Report:
        """Reconcile all cases, of either store."""
        listed = await listed_runs(self.tools.client)
        with self.tools.database.reading() as connection:
            stored = all_cases(connection)
        cases = sorted({*listed, *stored})
        limit = asyncio.Semaphore(_AT_ONCE)

        async def one(case: str) -> list[Finding]:
            async with limit:
                return await self.case(case, listed.get(case), by_hand=True)

        doubtful = [
            case
            for case in cases
            if not (stored.get(case) and _ended_in_both(listed.get(case, ())))
        ]
        found = await asyncio.gather(*(one(case) for case in doubtful))
        findings = sorted((one for many in found for one in many), key=_by_number)
        known = sum(case in stored for case in cases)
        opened = {one.case for one in findings if one.case not in stored}
        return Report(known + len(opened), findings, self.tools.dry_run)

    async def case(
        self,
        case: str,
        listed: list[Run] | None = None,
        unwell: Unwell | None = None,
        *,
        by_hand: bool = False,
    ) -> list[Finding]:
        """Reconcile one case; returns what was found, nothing if both stores agree.

        Args:
            case: its id.
            listed: its runs as Temporal's list has them; None asks for them.
            unwell: what is known to be wrong with its present run, which is then set aside.
            by_hand: ask what is wrong with it, and set it aside or start it however often that was
                tried.
        """
        passing = False
        try:
            if by_hand:
                unwell = await self._unwell(case)
            return await self._mended(case, listed, unwell, by_hand=by_hand)
        except CodecError as error:
            why = f"A history can't be opened: {error} {_IF_NO_KEY}"
        except (RPCError, SQLAlchemyError, RecordMovedError) as error:
            _log.warning("case %s could not be looked at: %r", case, error)
            why = f"It could not be looked at for the moment ({type(error).__name__})."
            passing = True
        except Exception as error:  # noqa: BLE001 - the other cases must be looked at as well
            _log.exception("case %s could not be reconciled", case)
            # Only the kind of error: its words may quote what is confidential.
            why = f"Something unexpected happened ({type(error).__name__}); the log says more."
        with self.tools.database.reading() as connection:
            stored = recorded_case(connection, case)
        number = stored.number if stored else ""
        return [Finding(Kind.UNREADABLE, case, number, "", {}, why=why, passing=passing)]

    async def _unwell(self, case: str) -> Unwell | None:
        """Return what is wrong with a case's run."""
        tools = self.tools
        try:
            described = await tools.client.get_workflow_handle(case).describe()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return None
        if described.status is not WorkflowExecutionStatus.RUNNING:
            return None
        return await unwell_of(tools.client, tools.database, described)

    async def _mended(
        self, case: str, listed: list[Run] | None, unwell: Unwell | None, *, by_hand: bool
    ) -> list[Finding]:
        """Look at a case and mend it; once more if somebody else did at the same time."""
        for _ in range(_LOOKS - 1):
            with contextlib.suppress(RecordMovedError):
                return await (await self._look(case, listed, unwell, by_hand=by_hand)).mend()
            listed = None
        return await (await self._look(case, listed, unwell, by_hand=by_hand)).mend()

    async def _look(
        self, case: str, listed: list[Run] | None, unwell: Unwell | None, *, by_hand: bool
    ) -> OneCase:
        """Read a case's histories, and then its record, until what differs isn't on its way."""
        for _ in range(_LOOKS):
            carried = await carried_case(
                self.tools.client, case, listed, leave_unread=self.tools.leave_unread
            )
            if unwell is not None and unwell.kind is Kind.REPLACED:
                carried = carried.without(unwell.run)
            looked = OneCase(self.tools, case, self._recorded(case), carried, unwell, by_hand)
            compared = compare(looked.recorded, carried)
            if not (carried.running and compared.kind is Kind.BEHIND):
                break
            listed = None
        return looked

    def _recorded(self, case: str) -> Recorded:
        with self.tools.database.reading() as connection:
            found = recorded_case(connection, case)
        if found is None:
            return Recorded()
        return Recorded(found.head, found.number, found.ended, found.digests, found.acts)


def _by_number(finding: Finding) -> tuple[str, int, str]:
    day, _, count = finding.number.partition(".")
    return day, int(count) if count.isdecimal() else 0, finding.case


def _ended_in_both(runs: Sequence[Run]) -> bool:
    """Say whether a case that has ended in the record ended by itself in Temporal.

    Nothing comes after an end, so neither can then have more than the other. Temporal forgets
    ended cases after a time.
    """
    return all(run.ended is not None and not closes(run) for run in runs)
