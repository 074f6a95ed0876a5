"""`countersign definitions …`: what the checks of `definitions/` find, as words or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from definitions.checks import check_library, check_source
from definitions.errors import DefinitionError, DefinitionsError
from definitions.loader import load_file, load_library
from definitions.schema import schema_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from definitions.loader import Source

__all__ = ["check", "check_words", "schema_text"]


def check(folders: Sequence[Path], files: Sequence[Path]) -> dict[str, Any]:
    """Return what the checks find.

    Args:
        folders: checked together with the definitions that the program brings.
        files: checked with all of these around them, each as if it were in the library: in place
            of the process of its name, if there is one.

    Returns:
        `ok` and one report for each definition; a file that can't even be read has a report
        without process and version.
    """
    sources, unreadable = _read(files)
    reports = [*_of_library(folders, sources), *unreadable]
    return {"ok": all(report["ok"] for report in reports), "definitions": reports}


def check_words(found: dict[str, Any]) -> str:
    """Return the same as sentences."""
    lines = []
    for report in found["definitions"]:
        lines.append(_headed(report))
        for finding in report["findings"]:
            where = f"{finding['file']}:{finding['line']}"
            lines.append(f"  {where}: {finding['sentence']} {finding['remedy']}")
            lines += [f"      {line}" for line in finding.get("walk", "").splitlines()]
    return "\n".join(lines)


def _headed(report: dict[str, Any]) -> str:
    """Say of one report whether all is well."""
    if report["process"] is None:
        return "A file is not in order, and can't be looked at further:"
    state = "is in order" if report["ok"] else "is not in order"
    return f"{report['process']} {state}; {_proved(report)}."


def _proved(report: dict[str, Any]) -> str:
    """Say what was proved, and over how much."""
    number, states = report["invariants"], report["configurations"]
    invariants = f"{number} {'invariant' if number == 1 else 'invariants'}"
    if not states:
        return f"it states {invariants}, looked at once the following is mended"
    return f"it states {invariants}, asked in each of its {states} configurations"


def _read(files: Sequence[Path]) -> tuple[list[Source], list[dict[str, Any]]]:
    """Return the files that could be read, and a report for each that couldn't."""
    sources, unreadable = [], []
    for file in files:
        try:
            sources.append(load_file(file))
        except DefinitionsError as error:
            unreadable.append(_unreadable(error))
    return sources, unreadable


def _of_library(folders: Sequence[Path], sources: Sequence[Source]) -> Iterator[dict[str, Any]]:
    try:
        library = load_library(folders).with_sources(sources)
    except DefinitionsError as error:
        yield _unreadable(error)
        # What these say of others can't be looked up then; the rest of them is checked.
        yield from (check_source(source).to_json() for source in sources)
    else:
        yield from (report.to_json() for report in check_library(library))


def _unreadable(error: DefinitionsError) -> dict[str, Any]:
    findings = error.errors or (DefinitionError("", 1, str(error), "Correct it."),)
    return {
        "process": None,
        "version": None,
        "invariants": 0,
        "configurations": 0,
        "ok": False,
        "findings": [finding.to_json() for finding in findings],
    }
