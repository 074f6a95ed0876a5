"""What goes over the wire to and from a case, beside the types of `definitions.acts`."""

from dataclasses import dataclass, field

from definitions.acts import Head, SignedAct
from definitions.canonical import Json


@dataclass(frozen=True)
class Carried:
    """What a case carries from one run to the next (continue-as-new), or from the stored state.

    Attributes:
        state: `CaseState.to_json()`, whole.
        head: the stream's head that belongs to it.
        recent: ids of acts answered lately, with their results, so that a repeated update after
            continue-as-new gets its answer without a commit.
        lag: seconds by which the store's clock is ahead of the workflow's.
        mail_waits: whether mail of the case may be queued that isn't delivered yet.
        stopped: why the case has stopped; "" while it goes on.
        look: whether it was told that something happened elsewhere, and hasn't looked yet.
        reconcile: whether it was asked to compare itself with the store, and hasn't yet.
        in_no_time: how many acts have come of themselves and at once, one after the other.
        entered: when the last entry was made, by the store's clock; "" if that isn't known.
    """

    state: dict[str, Json]
    head: Head
    recent: dict[str, Json] = field(default_factory=dict)
    lag: float = 0.0
    mail_waits: bool = True
    stopped: str = ""
    reconcile: bool = False
    look: bool = False
    in_no_time: int = 0
    entered: str = ""


@dataclass(frozen=True)
class Patience:
    """How long a case waits for a worker that may be dead, before another does its work.

    Whoever starts a case hands it in. Too short for the machine, and work is done over and over
    that was under way; too long, and everybody waits when a worker dies.

    Attributes:
        task_seconds: for the next step of the workflow itself.
        commit_seconds: for one try of a commit; what it did is `known` to the next.
    """

    task_seconds: float = 3.0
    commit_seconds: float = 3.0


HAPPENED_FIRST = 1
"""What happened (an activity's result, a timer) is taken in before the updates that came with it,
live and on replay alike: `worker/ordered_runner.py` sees to it."""


@dataclass(frozen=True)
class CaseInput:
    """The one argument of the case workflow.

    Attributes:
        opening: the signed opening act; its id is the workflow's id.
        definition: the whole text of the definition under which the case lives and dies.
        carried: None at the first start.
        commit_seconds: how long one try of a commit may take. Inputs of cases that were started
            before this was there have their default.
        order: in which what came with one task is taken in: `HAPPENED_FIRST`, or 0 for runs that
            were started before there was such an order.
    """

    opening: SignedAct
    definition: str
    carried: Carried | None = None
    commit_seconds: float = 3.0
    order: int = 0
