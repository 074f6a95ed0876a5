"""The failpoint between the end of a commit and the case's answer (`worker.failpoints`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from temporalio import workflow
from temporalio.worker import (
    HandleUpdateInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

if TYPE_CHECKING:
    from worker.failpoints import Failpoints


class FailpointInterceptor(Interceptor):
    """Places the worker's point between a commit and the case's answer."""

    def __init__(self, failpoints: Failpoints) -> None:
        _InWorkflow.failpoints = failpoints

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002, ARG002 - the SDK's name
    ) -> type[WorkflowInboundInterceptor]:
        """Wrap workflows."""
        return _InWorkflow


class _InWorkflow(WorkflowInboundInterceptor):
    failpoints: Failpoints | None = None

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:  # noqa: A002
        answer = await super().handle_update_handler(input)
        if self.failpoints is not None and not workflow.unsafe.is_replaying():
            with workflow.unsafe.sandbox_unrestricted():
                self.failpoints.reach("reply.before")
        return answer
