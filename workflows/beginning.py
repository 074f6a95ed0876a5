"""What a case begins with: its definition, what it carries on, and what it hands to its next run.

Nothing here waits or asks anybody; `workflows/case.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from definitions.acts import ActResult, SignedAct
    from definitions.canonical import Json
    from definitions.definition import Definition
    from definitions.refusals import Refusal

from workflows.messages import Carried, CaseInput


def definition_of(
    given: CaseInput, process: str, case: str
) -> tuple[Definition | None, Refusal | None]:
    """Return the definition of the case, or why this workflow can't be one.

    Args:
        given: what the workflow was started with.
        process: the workflow's type, as Temporal says it.
        case: its id, as Temporal says it.
    """
    try:
        definition = Definition.from_text(given.definition)
    except ValueError as error:
        return None, Refusal("no-definition", f"This isn't the text of a definition: {error}")
    if definition.process != process:
        return None, Refusal(
            "other-process", "The workflow's type isn't the process of its definition."
        )
    if given.opening.act.get("definition") != definition.version:
        return None, Refusal(
            "other-definition", "The opening was signed for another version of the definition."
        )
    if given.opening.act.get("id") != case:
        return None, Refusal("other-case", "The workflow's id isn't the opening act's id.")
    return definition, None


def next_input(given: CaseInput, carried: Carried) -> CaseInput:
    """Return what the next run of the case begins with.

    The opening's values stay behind: they are in the record, and no run needs them again.
    """
    return CaseInput(SignedAct(act=given.opening.act), given.definition, carried)


def plain(results: Mapping[str, ActResult]) -> dict[str, Json]:
    """Return answers as JSON, by the ids of their acts."""
    return {
        key: {
            "accepted": result.accepted,
            "number": result.number,
            "seq": result.seq,
            "time": result.time,
            "refusal": result.refusal,
        }
        for key, result in results.items()
    }
