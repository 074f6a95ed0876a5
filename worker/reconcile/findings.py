"""What is so of a case in Temporal and in the record, compared; pure, and told case by case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from definitions.acts import SYSTEM, Head
from definitions.canonical import Json
from store.recommit import Confirmed, Rejected
from worker.reconcile.histories import Reset, Told, confirmed_of
from worker.wellness import Ailment


class Kind(StrEnum):
    """What can be found of a case; the values are what is recorded and printed."""

    AGREES = "agrees"
    BEHIND = "behind"
    AHEAD = "ahead"
    PARTED = "parted"
    MISSING = "missing"
    TERMINATED = "terminated"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed-out"
    FAILED = "failed"
    COMPLETED = "completed"
    RESET = "reset"
    STUCK = "stuck"
    REPLACED = "replaced"
    ENDED_BUT_RUNNING = "ended-but-running"
    UNREADABLE = "unreadable"


CLOSED_BY_OTHERS: Final = frozenset({Kind.TERMINATED, Kind.CANCELLED, Kind.TIMED_OUT, Kind.FAILED})
"""How no case ends by itself."""

SET_ASIDE: Final = (Kind.STUCK, Kind.REPLACED)
"""For what a run is ended by us, so that its case goes on in another."""


@dataclass(frozen=True)
class Run:
    """One run of a workflow: its id, when it began, and how it ended; None while it runs."""

    id: str
    started: str
    ended: Kind | None


@dataclass(frozen=True)
class Unwell:
    """A run under a case's id that can't go on, or isn't the case at all.

    Attributes:
        run: its id.
        kind: STUCK or REPLACED.
        ailment: what it suffers from; None where another workflow stands under the id.
        words: the same as a sentence, for those who run Countersign; not for the record.
        of_the_run: whether another run may do better; if not, it is only told about.
    """

    run: str
    kind: Kind
    ailment: Ailment | None
    words: str
    of_the_run: bool = True

    @property
    def act(self) -> str:
        """The id under which it is recorded that the run was set aside."""
        return f"reconcile:{self.run}:{self.kind}"


@dataclass(frozen=True)
class Recorded:
    """A case as the record has it.

    Attributes:
        head: where its stream ends; `Head()` if the store has no such case.
        number: "" if it has none.
        ended: whether it has ended.
        digests: SHA-256 of each entry by its number.
        acts: number of each act's entry by the act's id.
    """

    head: Head = field(default_factory=Head)
    number: str = ""
    ended: bool = False
    digests: Mapping[int, str] = field(default_factory=dict)
    acts: Mapping[str, int] = field(default_factory=dict)

    @property
    def exists(self) -> bool:
        """Whether the store has the case."""
        return self.head != Head()

    @property
    def open(self) -> bool:
        """Whether the store has the case, and it hasn't ended."""
        return self.exists and not self.ended

    def holds(self, head: Head) -> bool:
        """Say whether the stream once ended there."""
        return head == Head() or self.digests.get(head.seq) == head.sha256


@dataclass(frozen=True)
class Carried:
    """A case as Temporal has it.

    Attributes:
        runs: in the order in which they began.
        told: what their histories tell, in the same order.
    """

    runs: Sequence[Run] = ()
    told: Sequence[Told] = ()

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return any(run.ended is None for run in self.runs)

    def without(self, run: str) -> Carried:
        """Return the case without one of the runs, which is none of its own."""
        kept = [both for both in zip(self.runs, self.told, strict=True) if both[0].id != run]
        return Carried([run for run, _ in kept], [told for _, told in kept])

    @property
    def process(self) -> str:
        """The workflow's type."""
        return self.told[-1].process if self.told else ""

    @property
    def head(self) -> Head | None:
        """Where the case, as it stands now, believes that its stream ends; None if nowhere."""
        heads = [told.head for told in self.told if told.head is not None]
        return heads[-1] if heads else None

    @property
    def heads(self) -> set[Head]:
        """Every head that it ever had."""
        return set[Head]().union(*(told.heads for told in self.told))

    @property
    def refused(self) -> list[Rejected]:
        """What people did and the commit refused for good, in all runs."""
        return [one for told in self.told for one in told.refused]

    @property
    def under_way(self) -> set[str]:
        """Ids of acts of which the commit was asked, and has not answered."""
        return set[str]().union(*(told.under_way for told in self.told))

    @property
    def resets(self) -> list[Reset]:
        """How its runs were reset."""
        return [told.reset for told in self.told if told.reset is not None]

    @property
    def number(self) -> str:
        """Its number, as its opening's confirmation has it; "" if that isn't kept."""
        numbers = (one.facts.get("number") for told in self.told for one in told.confirmed)
        return next((number for number in numbers if number), "")


@dataclass(frozen=True)
class Compared:
    """How record and case stand to each other.

    Attributes:
        kind: AGREES, BEHIND, AHEAD or PARTED.
        lost: with AHEAD: the commits that the record lacks, joining it exactly, in order; it may
            end before the case's head.
        carried: where the case believes that its stream ends.
        why: with AHEAD and PARTED: what can't be mended, as a sentence; "" if all can.
    """

    kind: Kind
    carried: Head = field(default_factory=Head)
    lost: Sequence[Confirmed] = ()
    why: str = ""


def strays(recorded: Recorded, carried: Carried, lost: Sequence[Confirmed]) -> list[Confirmed]:
    """Return acts of people that were confirmed and are neither recorded nor to be written again.

    They stand on another past than the record's: somebody let the case go on from an older state.
    """
    here = {one.after for one in lost}
    return [
        one
        for one in confirmed_of(carried.told)
        if one.after not in here
        and not recorded.holds(one.after)
        and str(one.signed.act.get("id")) not in recorded.acts
        and one.signed.act.get("actor") != SYSTEM
    ]


def compare(recorded: Recorded, carried: Carried) -> Compared:
    """Compare the record of a case with what was confirmed to it.

    The history must have been read before the record: a case that goes on meanwhile is then
    never taken for being ahead of it.
    """
    lost, forked = _beyond(recorded.head, confirmed_of(carried.told))
    head = carried.head or Head()
    if forked:
        why = "Two of its runs went on in different ways from where the record ends."
        return Compared(Kind.PARTED, head, (), why)
    joined = recorded.holds(head) or head in {one.after for one in lost}
    if joined and lost:
        return Compared(Kind.AHEAD, head, lost)
    if joined:
        on_its_way = head == recorded.head or _on_its_way(recorded, carried, head)
        return Compared(Kind.AGREES if on_its_way else Kind.BEHIND, head)
    return _apart(recorded, carried, head, lost)


def _on_its_way(recorded: Recorded, carried: Carried, head: Head) -> bool:
    """Say whether a running case is just asking the commit: it is told by itself."""
    if not carried.running:
        return False
    return carried.head is None or any(
        recorded.acts.get(act, 0) > head.seq for act in carried.under_way
    )


def _apart(recorded: Recorded, carried: Carried, head: Head, lost: Sequence[Confirmed]) -> Compared:
    """Say why the case's head can't be reached from the record's."""
    heads = carried.heads
    older = all(known.seq > recorded.head.seq for known in heads)
    if head.seq > recorded.head.seq and (recorded.head in heads or older):
        end = lost[-1].after.seq if lost else recorded.head.seq
        why = (
            f"Entries {end + 1} to {head.seq} are in neither store: Temporal no longer keeps "
            "the part of the history in which they were confirmed."
        )
        return Compared(Kind.AHEAD, head, lost, why)
    why = (
        f"The record's entry {recorded.head.seq} is {recorded.head.sha256[:12]}, and the case "
        f"carries entry {head.seq}, {head.sha256[:12]}: neither is the other's past."
    )
    return Compared(Kind.PARTED, head, (), why)


def _beyond(head: Head, commits: Sequence[Confirmed]) -> tuple[list[Confirmed], bool]:
    """Return the commits that follow `head` one by one, and whether they fork."""
    follows: dict[Head, list[Confirmed]] = {}
    for one in commits:
        if one.after.seq > one.before.seq:
            follows.setdefault(one.before, []).append(one)
    lost: list[Confirmed] = []
    while head in follows:
        # The same act may be there twice: answered `known` once more after what followed it.
        nexts = sorted(follows[head], key=lambda one: one.after.seq)
        if len({one.signed.act.get("id") for one in nexts}) > 1:
            return lost, True
        lost.append(nexts[0])
        head = nexts[0].after
    return lost, False


@dataclass(frozen=True)
class Finding:
    """One thing that was found of a case.

    Attributes:
        kind: what.
        case: the case's id.
        number: its number; "" if that isn't known.
        act: the id under which it is recorded; the same finding always has the same.
        about: the particulars, as they are recorded.
        why: what stands in the way of mending it, as a sentence; "" if nothing does.
        done: what was done about it, as a sentence, or would be done.
        files: SHA-256 of attachments that the mended acts refer to and that are lost.
        started: whether the case was started again.
        passing: whether a store couldn't be asked for the moment: looking again may tell.
    """

    kind: Kind
    case: str
    number: str
    act: str
    about: Mapping[str, Json]
    why: str = ""
    done: str = ""
    files: tuple[str, ...] = ()
    started: bool = False
    passing: bool = False

    def to_json(self) -> dict[str, Json]:
        """Return it for programs."""
        return {
            "case": self.case,
            "number": self.number,
            "found": str(self.kind),
            "about": dict(self.about),
            "mended": not self.why,
            "why": self.why,
            "done": self.done,
            "missing_files": list(self.files),
        }
