"""`countersign definitions check --staff`: which processes today's people can't carry through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from definitions.clock import stamp
from definitions.model import words
from definitions.proof.staff import leaving, prove_staff
from store.directory import all_holders, names
from worker.prepare import opened
from worker.rooms import make_clock, make_library

if TYPE_CHECKING:
    from worker.settings import Settings


def staff(settings: Settings) -> list[dict[str, Any]]:
    """Return for each process what can't be staffed today, and whose leaving would stop what.

    Raises:
        definitions.errors.DefinitionsError: one of the definitions can't be read.
        WorkerError: there is no community yet.
    """
    at = stamp(make_clock(settings).now())
    with opened(settings) as (_, database), database.reading() as connection:
        holders, called = all_holders(connection, at), names(connection)
    return [
        {
            "process": definition.process,
            "ok": not (findings := prove_staff(definition, holders)),
            "findings": [
                {"step": finding.path[1], "sentence": finding.sentence, "remedy": finding.remedy}
                for finding in findings
            ],
            "leaving": {
                called.get(person, person): list(steps)
                for person, steps in leaving(definition, holders).items()
            },
            "titles": {name: words(step.title) for name, step in definition.body.steps.items()},
        }
        for definition in make_library(settings).definitions()
    ]


def staff_words(found: list[dict[str, Any]]) -> str:
    """Return the same as sentences."""
    lines = []
    for one in found:
        state = "can be carried through" if one["ok"] else "can't be carried through in every case"
        lines.append(f"With the people of today's directory {one['process']} {state}.")
        lines += [f"  {each['sentence']} {each['remedy']}" for each in one["findings"]]
        for person, steps in one["leaving"].items():
            titles = ", ".join(f"“{one['titles'][step]}”" for step in steps)
            lines.append(f"  Without {person} nobody could do: {titles}.")
    return "\n".join(lines)
