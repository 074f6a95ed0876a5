"""What a schedule starts: tells the store that a moment has come, until the store has taken it.

It opens no case itself: the store makes the opening, and a worker sends it as it sends that of a
child case. So nothing is lost if this ends or dies at any place.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeKey
from temporalio.exceptions import ApplicationError

from definitions.clock import stamp
from workflows import names

_MOMENT: Final = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")
"""Set by Temporal: the moment of the schedule, however late it was started."""
_TAKING: Final = timedelta(seconds=10)
_LONGEST_PAUSE: Final = timedelta(minutes=1)


@workflow.defn(name=names.WORKFLOW_TICK)
class TickWorkflow:
    """One moment of a schedule."""

    @workflow.run
    async def run(self, process: str) -> str:
        """Tell it; returns what became of it.

        Args:
            process: whose schedule it is.
        """
        moment = workflow.info().typed_search_attributes.get(_MOMENT)
        if moment is None:
            raise ApplicationError("No schedule has started this.", non_retryable=True)
        told: str = await workflow.execute_activity(
            names.ACTIVITY_TAKE_TICK,
            args=[process, stamp(moment)],
            start_to_close_timeout=_TAKING,
            retry_policy=RetryPolicy(maximum_interval=_LONGEST_PAUSE),
            result_type=str,
        )
        return told
