"""The way to the cases without Temporal: asks the real commit directly, as a case would.

It keeps what a case keeps (only the head), so every check of the commit is the real one. What
Temporal adds (durability, deadlines, one after the other) is tested where Temporal is.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from definitions.acts import ActResult, CommitReply, CommitRequest, Head, SignedAct
from definitions.canonical import Json
from definitions.clock import Clock
from definitions.refusals import Refusal
from store.cases import load_case
from store.children import Current, no_current
from store.commit import Committer
from store.database import Database
from store.notices import notices_for
from store.signatures import SigningKey
from web.gateway import Unconfirmed


@dataclass
class DirectGateway:
    """A `CaseGateway` over the real commit.

    Attributes:
        lose: so many answers are lost on their way back, although the act was committed.
        away: nothing gets through at all.
        says: what the case answers instead, without doing anything.
        before: called once, right before the next commit: what happens meanwhile.
        sent: every act that was handed in, in order.
    """

    worker_key: SigningKey
    lose: int = 0
    away: bool = False
    says: ActResult | None = None
    before: Callable[[], object] | None = None
    sent: list[SignedAct] = field(default_factory=list)
    refusals: list[dict[str, Json]] = field(default_factory=list)

    def work_on(self, database: Database, clock: Clock, current: Current = no_current) -> None:
        """Say on which store and by which clock; called once, before anything is sent.

        Args:
            current: which definition a case begins under that another one opens.
        """
        self.database = database
        self.committer = Committer(
            database,
            clock,
            self.worker_key,
            lambda line: self.refusals.append(dict(line)),
            current=current,
        )

    def open(
        self, signed: SignedAct, definition_text: str, process: str
    ) -> ActResult | Unconfirmed:
        return self._commit(CommitRequest(signed, Head(), definition_text), process)

    def act(self, signed: SignedAct) -> ActResult | Unconfirmed:
        head, state = load_case(self.database, signed.act["case"])
        if state is None:
            return ActResult.refused(Refusal("no-such-case", "There is no such case."))
        if state["ended"]:
            # A workflow that has ended answers nothing any more, not even to what it knows.
            return ActResult.refused(Refusal("ended", "This case has ended."))
        return self._commit(CommitRequest(signed, head), state["process"])

    def look(self, case: str) -> None:
        """Take in what waits for a case, as it would itself."""
        for signed in [] if self.away else notices_for(self.database, case):
            self.act(signed)

    def _commit(self, request: CommitRequest, process: str) -> ActResult | Unconfirmed:
        self.sent.append(request.signed)
        if self.away:
            return Unconfirmed(request.signed.act["id"])
        if self.says is not None:
            return self.says
        before, self.before = self.before, None
        if before is not None:
            before()
            head, _ = load_case(self.database, request.signed.act["case"])
            request = replace(request, head=head)
        case = request.signed.act["case"]
        reply = self.committer.commit(request, process=process, workflow=case)
        if self.lose:
            self.lose -= 1
            return Unconfirmed(request.signed.act["id"])
        return self._result(reply, request.signed.act["case"])

    def _result(self, reply: CommitReply, case: str) -> ActResult:
        if reply.result in {"committed", "known"}:
            _, state = load_case(self.database, case)
            assert state is not None
            assert reply.facts is not None
            return ActResult(
                accepted=True, number=state["number"], seq=reply.seq, time=reply.facts["time"]
            )
        assert reply.refusal is not None, reply
        return ActResult.refused(Refusal.from_json(reply.refusal))
