"""`countersign definitions …`: what the checks of `definitions/` find, as words or JSON."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from definitions.checks import check_library

from definitions.errors import DefinitionsError
from definitions.loader import load_library
from definitions.model import Body

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def check(paths: Sequence[Path]) -> dict[str, Any]:
    """Return what the checks find in our own definitions and in those of `paths`.

    A definition that can't even be read is a finding without a process.
    """
    try:
        reports = [dataclasses.asdict(report) for report in check_library(load_library(paths))]
    except DefinitionsError as error:
        findings = [one.to_json() for one in error.errors] or [{"sentence": str(error)}]
        reports = [
            {
                "process": None,
                "version": None,
                "invariants": 0,
                "configurations": 0,
                "ok": False,
                "findings": findings,
            }
        ]
    return {"ok": all(report["ok"] for report in reports), "definitions": reports}


def check_words(found: dict[str, Any]) -> str:
    """Return the same as sentences."""
    lines = []
    for report in found["definitions"]:
        name = report["process"] or "A definition"
        state = "is in order" if report["ok"] else "is not in order"
        lines.append(f"{name} {state} ({report['invariants']} invariants).")
        lines += [f"  {_words(finding)}" for finding in report["findings"]]
    return "\n".join(lines)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of definitions."""
    return Body.model_json_schema()


def _words(finding: Any) -> str:
    if not isinstance(finding, dict):
        return str(finding)
    place = f"{finding['file']}:{finding['line']}: " if "file" in finding else ""
    return f"{place}{finding['sentence']} {finding.get('remedy', '')}".strip()
