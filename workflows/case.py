"""The case workflow: one dynamic workflow that interprets any definition.

It does what `design.md` calls the way of a sign-off: the validator asks the rules, the handler
asks them again under a lock and sends the act to the commit, and only the commit's answer moves
the case's memory. Time, mail, reconciling and continue-as-new are the main loop's work.

No keys, no signatures and no database are here, and no process of the policy by name. What
must stay true: the memory moves only with committed facts; its digest equals the stored one, or
the case stops visibly; an act that was answered is answered the same way again; what is in the
record is never answered as refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RawValue, RetryPolicy
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from definitions.acts import (
        RULED,
        SYSTEM,
        Act,
        ActResult,
        CommitReply,
        CommitRequest,
        Facts,
        Head,
        MalformedAct,
        SignedAct,
        Stopped,
        StoredCase,
    )
    from definitions.canonical import Json
    from definitions.clock import parse, stamp
    from definitions.refusals import NOT_IN_FORCE, Refusal
    from definitions.rules import MOST_IN_NO_TIME, Due, apply, in_no_time, next_due
    from definitions.state import CaseState

from workflows import names
from workflows.messages import Carried, CaseInput
from workflows.pieces import (
    clock_act,
    commit_timeout,
    definition_of,
    details,
    lag_of,
    misnamed,
    next_input,
    plain,
)

_PATIENT = RetryPolicy(
    initial_interval=timedelta(milliseconds=100), maximum_interval=timedelta(seconds=10)
)
_ACTIVITY_TIMEOUT = timedelta(seconds=10)
_DELIVERY_TIMEOUT = timedelta(minutes=1)
_DELIVERY_SILENCE = timedelta(seconds=10)
"""After so long without a heartbeat its worker is held to be dead, and another delivers."""
_NOT_YET = timedelta(seconds=2)
_NOT_YET_LONGEST = timedelta(minutes=1)
"""How long the clock waits when the store says that nothing is due yet: longer each time."""
_NOT_DUE = "not-due"
"""The code of a refusal by a store that knows of no such notice: it was restored meanwhile."""
_LIMITED = "clock-in-no-time"
"""The mark in a history that the clock has a limit in it; see `_count`."""
_LEAVES_FIRST = "leaves-before-it-looks"
"""The mark in a history of a case that carries over what it was asked; see `_is_to_leave_first`."""
_AFTER_ITS_END = "takes-rulings-in-after-its-end"
"""The mark in a history of a case that had ended and was told to look; see `_take_after_end`."""
_WHILE_IT_DELIVERS = "takes-rulings-in-while-it-delivers"
"""The mark in a history of a case that was told to look after its end, with mail still waiting."""
_COMMIT_REFUSES = "the-commit-refuses"
"""The mark in a history of a case that let the commit refuse; see `_is_to_be_remembered`."""
_RECENT = 200
"""How many answers are carried over continue-as-new; older ones the commit knows."""


@workflow.defn(dynamic=True)
class CaseWorkflow:
    """One case, from its opening to its end."""

    @workflow.init
    def __init__(self, args: Sequence[RawValue]) -> None:
        """Set everything up before any handler can run: an update may arrive before `run`."""
        given = workflow.payload_converter().from_payload(args[0].payload, CaseInput)
        info = workflow.info()
        self._input: CaseInput = given
        self._definition, self._unfit = definition_of(given, info.workflow_type, info.workflow_id)
        self._state: CaseState | None = None
        self._head = Head()
        self._opened: ActResult | None = None
        self._recent: dict[str, ActResult] = {}
        self._posted = 0
        self._delivered = 0
        self._lag = timedelta()
        self._pause = _NOT_YET
        self._lock = asyncio.Lock()
        self._stopped = ""
        self._reported: str | None = ""
        self._reconcile = False
        self._look = False
        self._leaving = False
        self._finished = False
        self._moves = 0
        self._in_no_time = 0
        self._entered = ""
        self.refused: dict[str, Refusal] = {}
        """What a handler refused under the lock; the refusal log takes it from here."""
        if given.carried is not None and not self._unfit:
            self._take_up(given.carried)

    def _take_up(self, carried: Carried) -> None:
        self._state = CaseState.model_validate(carried.state)
        self._head = carried.head
        self._recent = {key: ActResult(**value) for key, value in carried.recent.items()}
        self._posted = int(carried.mail_waits)
        self._lag = timedelta(seconds=carried.lag)
        self._stopped = carried.stopped
        self._reported = None  # what the store shows may be older than this run
        self._reconcile = carried.reconcile
        self._look = carried.look
        self._in_no_time = carried.in_no_time
        self._entered = carried.entered
        self._opened = ActResult(
            accepted=True, number=self._state.number, seq=1, time=self._state.opened_at
        )

    @workflow.run
    async def run(self, args: Sequence[RawValue]) -> str:
        """Live through the case; returns the final state's name, or `refused`."""
        del args
        if self._opened is None:
            self._opened = await self._open()
        delivery = asyncio.create_task(self._deliver())
        if self._state is not None:
            await self._take_after_end()
            await self._live()
        await workflow.wait_condition(workflow.all_handlers_finished)
        self._finished = True
        await self._look_while_it_delivers(delivery)
        await delivery
        await workflow.wait_condition(workflow.all_handlers_finished)
        if self._is_superseded():
            # As failed, so that the same case can be opened by what was signed anew.
            raise ApplicationError("Its definition isn't in force.", non_retryable=True)
        return self._state.ended or "" if self._state else "refused"

    def _is_superseded(self) -> bool:
        """Whether this was to be opened by no person, under a version that isn't in force now."""
        refusal = self._opened.refusal if self._opened is not None else None
        if refusal is None or refusal.get("code") != NOT_IN_FORCE:
            return False
        return self._input.opening.act.get("actor") == SYSTEM

    @workflow.update(name=names.UPDATE_OPENED)
    async def opened(self) -> ActResult:
        """Answer how the opening ended, as soon as its commit has."""
        await workflow.wait_condition(lambda: self._opened is not None)
        assert self._opened is not None  # noqa: S101 - just awaited
        return self._opened

    @workflow.update(name=names.UPDATE_ACT)
    async def act(self, signed: SignedAct) -> ActResult:
        """Take one act of a person to the record, or refuse it."""
        async with self._lock:
            answered = self._recent.get(str(signed.act.get("id")))
            if answered is not None:
                return answered
            refusal = self._refusal(signed)
            if refusal is not None and not self._is_to_be_remembered(signed):
                self.refused[str(signed.act.get("id"))] = refusal
                return ActResult.refused(refusal)
            return await self._commit(signed)

    @act.validator
    def _may(self, signed: SignedAct) -> None:
        if self._opened is None:
            raise ApplicationError("The case is being opened.", type=names.BUSY)
        if self._leaving:
            raise ApplicationError("The case is being carried over.", type=names.BUSY)
        refusal = misnamed(signed, workflow.current_update_info())
        if refusal is not None:
            raise _refused(refusal)
        if str(signed.act.get("id")) in self._recent:
            return
        if self._lock.locked():
            # Something is being committed: what the act was made on may be in the record, and
            # not yet here. The handler asks the rules when its turn has come.
            return
        refusal = self._refusal(signed)
        if refusal is not None:
            raise _refused(refusal)

    @workflow.signal(name=names.SIGNAL_RECONCILE)
    def reconcile(self) -> None:
        """Compare with the store as soon as nothing else is under way, and catch up."""
        self._reconcile = True

    @workflow.signal(name=names.SIGNAL_LOOK)
    def look(self) -> None:
        """Take in what happened elsewhere and matters here, once nothing else is under way."""
        self._look = True

    @workflow.query(name=names.QUERY_HEAD)
    def head(self) -> Head:
        """Return the stream's head as this case carries it."""
        return self._head

    @workflow.query(name=names.QUERY_STOPPED)
    def stopped(self) -> str:
        """Return why this case has stopped; "" if it hasn't."""
        return self._stopped

    def _is_to_be_remembered(self, signed: SignedAct) -> bool:
        """Whether the commit is asked of an act that the rules refuse here, under the lock.

        Its payload stays in the history, so its refusal must stay somewhere too; the commit
        refuses it and remembers that. What can't be a person's act of this case it isn't asked
        of: it believes the case about what the clock does. What was refused before this was so
        replays as it was.
        """
        return self._unfit_for_commit(signed) is None and workflow.patched(_COMMIT_REFUSES)

    def _unfit_for_commit(self, signed: SignedAct) -> Refusal | None:
        """Return why an act isn't one of a person on this case that could be asked about now."""
        if self._stopped:
            return Refusal(
                "stopped",
                f"This case has stopped and takes nothing at present: {self._stopped}",
                remedy="Those who run Countersign have been told. Try again when it goes on.",
            )
        try:
            act = signed.read()
        except MalformedAct as error:
            return Refusal("malformed", f"This isn't an act that can be recorded: {error}.")
        if self._definition is None or self._state is None or act.case != self._state.case:
            return Refusal("no-such-case", "This act isn't for this case.")
        if act.actor == SYSTEM:
            return Refusal("unknown-act", "Only the case itself acts as the system.")
        return None

    def _refusal(self, signed: SignedAct) -> Refusal | None:
        """Ask the rules with what the web said of the actor; the commit asks the directory."""
        unfit = self._unfit_for_commit(signed)
        if unfit is not None or self._definition is None or self._state is None:
            return unfit
        act = signed.read()
        facts = Facts(time=self._now(), roles=act.roles)
        result = apply(self._definition, self._state, act, signed.values(), facts)
        return result if isinstance(result, Refusal) else None

    async def _open(self) -> ActResult:
        # The commit is asked of what can't be a case too: it refuses, and logs who tried.
        request = CommitRequest(self._input.opening, Head(), self._input.definition)
        asked = workflow.now()
        # A local activity: its input is in the history already, and a repeated one is `known`.
        reply = await workflow.execute_local_activity(
            names.ACTIVITY_COMMIT,
            request,
            result_type=CommitReply,
            start_to_close_timeout=commit_timeout(self._input),
            retry_policy=_PATIENT,
        )
        if self._unfit:
            return ActResult.refused(self._unfit)
        if reply.result in {"committed", "known"}:
            return self._adopt(self._input.opening, reply, asked)
        if reply.result == "refused" and reply.refusal is not None:
            return ActResult.refused(Refusal.from_json(reply.refusal))
        return ActResult.refused(
            Refusal(
                "other-case",
                "A case of this id is in the record already, with other content.",
                remedy="Open the form again and send it anew.",
            )
        )

    async def _commit(self, signed: SignedAct) -> ActResult:
        """Ask the commit until it has decided; call it under the lock only."""
        while True:
            asked = workflow.now()
            reply = await workflow.execute_activity(
                names.ACTIVITY_COMMIT,
                CommitRequest(signed, self._head),
                result_type=CommitReply,
                start_to_close_timeout=commit_timeout(self._input),
                retry_policy=_PATIENT,
            )
            if reply.result == "known" and reply.head != self._head:
                await self._catch_up()
            if reply.result in {"committed", "known"}:
                return self._adopt(signed, reply, asked)
            if reply.result == "refused" and reply.refusal is not None:
                return ActResult.refused(Refusal.from_json(reply.refusal))
            if reply.result == "behind" and reply.stored is not None:
                self._restore(reply.head, reply.stored)
            else:
                self._stop_apart(reply.head)
            refusal = self._refusal(signed) if signed.act.get("actor") != SYSTEM else None
            if self._stopped or (refusal is not None and not self._is_to_be_remembered(signed)):
                return ActResult.refused(refusal or Refusal("stopped", self._stopped))

    def _adopt(self, signed: SignedAct, reply: CommitReply, asked: datetime) -> ActResult:
        """Take in that the act is in the record, and answer so whatever else comes of it."""
        facts = Facts.from_json(reply.facts or {"time": self._now(), "roles": []})
        if reply.result == "committed":
            self._move(signed, reply, facts)
            self._lag = lag_of(asked, parse(facts.time), workflow.now())
        else:
            # When it was committed is all that is known of the store's clock: it isn't behind that.
            self._lag = max(self._lag, parse(facts.time) - workflow.now())
            if self._state is None and reply.stored is not None:
                self._restore(reply.head, reply.stored)
        self._posted += int(bool(reply.mail) or reply.result == "known")
        self._moves += 1
        number = self._state.number if self._state else facts.number
        result = ActResult(accepted=True, number=number, seq=reply.seq, time=facts.time)
        self._remember(signed.act["id"], result)
        return result

    def _move(self, signed: SignedAct, reply: CommitReply, facts: Facts) -> None:
        """Move the memory with the commit's facts; the digest must equal the stored one."""
        assert self._definition is not None  # noqa: S101 - a case without one never gets here
        act, before = signed.read(), self._state
        changes = apply(self._definition, before, act, signed.values(), facts)
        if isinstance(changes, Refusal) or changes.state.digest() != reply.state:
            self._stop("what was recorded and what this case made of it differ.")
        else:
            self._state, self._head = changes.state, reply.head
            self._look_if_awake(before)
            self._count(act, before, facts.time)

    def _look_if_awake(self, before: CaseState | None) -> None:
        """Look for what happened elsewhere while the case was suspended: it was left."""
        awake = self._state is not None and not self._state.suspended
        if before is not None and before.suspended and awake:
            self._look = True

    def _count(self, act: Act, before: CaseState | None, time: str) -> None:
        """Stop where the clock alone goes on and on: that would write entries without end."""
        at_once = in_no_time(before, act, self._entered, time)
        self._entered = time
        if at_once is not None:
            self._in_no_time = self._in_no_time + 1 if at_once else 0
        # Asked only where it matters: what ran before there was a limit replays as it was.
        if self._in_no_time > MOST_IN_NO_TIME and workflow.patched(_LIMITED):
            self._stop(
                f"{self._in_no_time} acts came of themselves, one at once after the other: its "
                "definition goes round by the clock alone."
            )

    def _restore(self, head: Head, stored: dict[str, Json]) -> None:
        """Take over what the store has; mail of what was missed may still wait there."""
        before, self._state = self._state, CaseState.model_validate(stored)
        self._head = head
        self._look_if_awake(before)
        self._posted += 1
        self._moves += 1

    def _remember(self, act_id: str, result: ActResult) -> None:
        self._recent[act_id] = result
        while len(self._recent) > _RECENT:
            self._recent.pop(next(iter(self._recent)))

    def _stop(self, reason: str) -> None:
        self._stopped = reason
        self._moves += 1
        workflow.logger.error("case stopped: %s", reason)

    def _stop_apart(self, stored: Head) -> None:
        if stored.seq < self._head.seq:
            self._stop(
                f"the record holds {stored.seq} entries of this case, "
                f"but {self._head.seq} were confirmed."
            )
        else:
            self._stop("the record holds another past of this case than the one confirmed.")

    async def _live(self) -> None:
        """The main loop: the clock, the way out, and what others ask for."""
        assert self._state is not None  # noqa: S101 - asked for by `run`
        while not (self._state.ended and not self._stopped):
            seen = self._moves  # before anything is waited for: what moves meanwhile counts
            self._describe()
            await self._report()
            asked = self._reconcile or (self._look and not self._stopped)
            if asked and not self._is_to_leave_first():
                await (self._compare() if self._reconcile else self._take_notices())
                continue
            if workflow.info().is_continue_as_new_suggested():
                await self._carry_over()
            due = None if self._stopped else next_due(self._state)
            if await self._sleep(seen, self._wait(due) if due else None) and due is not None:
                await self._tick(due)
        self._describe()

    async def _take_after_end(self) -> None:
        """Take in a ruling on a case that has ended: for that alone it is started again."""
        ended = self._state is not None and self._state.ended and not self._stopped
        if ended and self._look and workflow.patched(_AFTER_ITS_END):
            await self._take_notices(after_end=True)

    async def _look_while_it_delivers(self, delivery: asyncio.Task[None]) -> None:
        """Take in rulings on a case that has ended and whose mail waits, perhaps for days."""
        while self._state is not None:
            await workflow.wait_condition(lambda: delivery.done() or self._look)
            if delivery.done() or not workflow.patched(_WHILE_IT_DELIVERS):
                return
            self._finished = False  # what is said of the ruling is delivered as well
            await self._take_notices(after_end=True)
            await self._live()  # until whoever mends it has, where it can't be carried out
            await workflow.wait_condition(workflow.all_handlers_finished)
            self._finished = True

    def _is_to_leave_first(self) -> bool:
        """Whether what was asked is the next run's to do.

        Who asks faster than the case can answer would keep it from leaving, and its history would
        grow without end. What ran before this was asked first replays as it was.
        """
        return workflow.info().is_continue_as_new_suggested() and workflow.patched(_LEAVES_FIRST)

    def _wait(self, due: Due) -> timedelta:
        return parse(due.at) - parse(self._now())

    async def _sleep(self, seen: int, length: timedelta | None) -> bool:
        """Wait until something moves or is asked for (False), or `length` has passed (True).

        What has moved since `seen` was read is not waited for again: the loop looks anew.
        A timer that fired counts as time that passed, whatever `workflow.now` says then: after a
        worker died it was seen to answer with the time of the task before.
        """
        if self._moves != seen:
            return False
        if length is not None and length <= timedelta():
            return True
        try:
            await workflow.wait_condition(
                lambda: (
                    self._moves != seen
                    or self._reconcile
                    or (self._look and not self._stopped)
                    or self._reported != self._stopped
                    or workflow.info().is_continue_as_new_suggested()
                ),
                timeout=length,
                timeout_summary="the next reminder or deadline" if length else None,
            )
        except TimeoutError:
            return True
        return False

    async def _tick(self, due: Due) -> None:
        """Do what the clock does; the commit checks that it is due by the store's clock."""
        assert self._state is not None and self._definition is not None  # noqa: S101, PT018
        async with self._lock:
            if next_due(self._state) != due:
                return
            act = clock_act(self._definition, self._state, self._head, due, self._now())
            result = await self._commit(act)
        if result.accepted:
            self._pause = _NOT_YET
        else:
            await self._sleep(self._moves, self._pause)
            self._pause = min(self._pause * 2, _NOT_YET_LONGEST)

    async def _take_notices(self, *, after_end: bool = False) -> None:
        """Take in what the store has for this case: an end of a child case, somebody who left.

        Args:
            after_end: whether it had ended before; then nothing but rulings is there for it.
        """
        self._look = False
        acts = await workflow.execute_activity(
            names.ACTIVITY_NOTICES,
            workflow.info().workflow_id,
            result_type=list[SignedAct],
            start_to_close_timeout=_ACTIVITY_TIMEOUT,
            retry_policy=_PATIENT,
        )
        for signed in acts:
            async with self._lock:
                if self._stopped or (self._state and self._state.ended and not after_end):
                    return
                if signed.act["id"] not in self._recent:
                    self._stop_over_ruling(signed, await self._commit(signed))

    def _stop_over_ruling(self, signed: SignedAct, result: ActResult) -> None:
        """Stop where a ruling can't be taken in: nothing else is, until it was."""
        if signed.act["kind"] != RULED or result.refusal is None or self._stopped:
            return
        refusal = Refusal.from_json(result.refusal)
        if refusal.code != _NOT_DUE:
            self._stop(
                f"ruling {signed.act['auth']['number']} was made on it and can't be carried "
                f"out: {refusal.sentence}"
            )

    async def _compare(self) -> None:
        async with self._lock:
            self._reconcile = False
            await self._catch_up()

    async def _catch_up(self) -> None:
        """Adopt what the store has, or stop if it has lost what this case knows; under the lock."""
        stored = await workflow.execute_activity(
            names.ACTIVITY_LOAD_CASE,
            args=[workflow.info().workflow_id, self._head],
            result_type=StoredCase,
            start_to_close_timeout=_ACTIVITY_TIMEOUT,
            retry_policy=_PATIENT,
        )
        if stored.state is not None:
            self._restore(stored.head, stored.state)
            self._stopped = ""
        else:
            self._stop_apart(stored.head)
            self._reported = None  # a restored database may not show it

    async def _report(self) -> None:
        """Say in the store that the case has stopped, or that it goes on again."""
        reason = self._stopped
        if reason != self._reported:
            await workflow.execute_activity(
                names.ACTIVITY_REPORT_STOPPED,
                Stopped(workflow.info().workflow_id, reason),
                start_to_close_timeout=_ACTIVITY_TIMEOUT,
                retry_policy=_PATIENT,
            )
            self._reported = reason

    async def _deliver(self) -> None:
        """Send the case's mail beside everything else; nobody waits for it."""
        while True:
            await workflow.wait_condition(lambda: self._posted != self._delivered or self._finished)
            if self._posted == self._delivered:
                return
            posted = self._posted
            await workflow.execute_activity(
                names.ACTIVITY_DELIVER_MAIL,
                workflow.info().workflow_id,
                start_to_close_timeout=_DELIVERY_TIMEOUT,
                heartbeat_timeout=_DELIVERY_SILENCE,
                retry_policy=_PATIENT,
            )
            self._delivered = posted

    async def _carry_over(self) -> None:
        """Continue as new, with everything that is needed; nothing in flight is lost."""
        self._leaving = True
        await workflow.wait_condition(
            lambda: workflow.all_handlers_finished() and not self._lock.locked()
        )
        assert self._state is not None  # noqa: S101 - asked for by `run`
        carried = Carried(
            state=self._state.to_json(),
            head=self._head,
            recent=plain(self._recent),
            lag=self._lag.total_seconds(),
            mail_waits=self._posted != self._delivered,
            stopped=self._stopped,
            reconcile=self._reconcile,
            look=self._look,
            in_no_time=self._in_no_time,
            entered=self._entered,
        )
        workflow.continue_as_new(next_input(self._input, carried))

    def _now(self) -> str:
        """The store's time as this case knows it: the workflow's own, moved by the lag."""
        return stamp(workflow.now() + self._lag)

    def _describe(self) -> None:
        assert self._state is not None and self._definition is not None  # noqa: S101, PT018
        workflow.set_current_details(details(self._definition, self._state, self._stopped))


def _refused(refusal: Refusal) -> ApplicationError:
    """Return the error by which a validator says no."""
    return ApplicationError(
        refusal.sentence, refusal.to_json(), type=names.REFUSED, non_retryable=True
    )
