"""Lets the worker log what a case refuses by itself; without it such a refusal leaves no trace.

A validator's refusal costs no history, and whoever is refused may not have come through the
web. So the worker hands in where to log, and this interceptor tells it, outside of the sandbox
and never while replaying: validators don't run then, and of handlers it is asked. What the
commit refuses it logs itself. No values are logged, only ids.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from temporalio import workflow
from temporalio.exceptions import ApplicationError
from temporalio.worker import (
    HandleUpdateInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

from definitions.canonical import Json
from definitions.refusals import Refusal
from workflows import names

SecurityLog = Callable[[Mapping[str, Json]], None]


class RefusalLog(Interceptor):
    """Tells `refused` of every act that a validator, or a handler by itself, refuses."""

    def __init__(self, refused: SecurityLog) -> None:
        self._refused = refused

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002, ARG002 - the SDK's name
    ) -> type[WorkflowInboundInterceptor]:
        """Wrap workflows."""
        refused = self._refused

        class Logged(WorkflowInboundInterceptor):
            def handle_update_validator(self, input: HandleUpdateInput) -> None:  # noqa: A002
                try:
                    super().handle_update_validator(input)
                except ApplicationError as error:
                    if error.type == names.REFUSED:
                        with workflow.unsafe.sandbox_unrestricted():
                            refused(_line(input, Refusal.from_json(error.details[0])))
                    raise

            async def handle_update_handler(self, input: HandleUpdateInput) -> object:  # noqa: A002
                answer: object = await super().handle_update_handler(input)
                refusal = _own_refusal(input)
                if refusal is not None and not workflow.unsafe.is_replaying():
                    with workflow.unsafe.sandbox_unrestricted():
                        refused(_line(input, refusal))
                return answer

        return Logged


def _own_refusal(given: HandleUpdateInput) -> Refusal | None:
    """Return why the case's handler refused an act without asking the commit; None if not so."""
    refused: dict[str, Refusal] = getattr(workflow.instance(), "refused", {})
    act = getattr(given.args[0], "act", {}) if given.args else {}
    return refused.pop(str(act.get("id")), None)


def _line(given: HandleUpdateInput, refusal: Refusal) -> dict[str, Json]:
    info = workflow.info()
    act = getattr(given.args[0], "act", {}) if given.args else {}
    return {
        "event": "update-refused",
        "case": info.workflow_id,
        "process": info.workflow_type,
        **{key: _text(act.get(key)) for key in ("actor", "kind")},
        "act": _text(act.get("id")),
        "code": refusal.code,
        "section": refusal.section,
    }


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None
