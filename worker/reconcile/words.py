"""What was found and done, in words: for the operator, who sees nothing confidential here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from worker.reconcile.findings import Finding, Kind
from worker.tables import table

if TYPE_CHECKING:
    from worker.reconcile.reconciler import Report

FOUND: Final = {
    Kind.AHEAD: "the record lacks what was confirmed to the case",
    Kind.BEHIND: "the record has more than the case knows",
    Kind.PARTED: "record and case have different pasts",
    Kind.MISSING: "it is open, and Temporal has no workflow of it",
    Kind.TERMINATED: "its workflow was terminated",
    Kind.CANCELLED: "its workflow was cancelled",
    Kind.TIMED_OUT: "its workflow ran out of time",
    Kind.FAILED: "its workflow failed",
    Kind.COMPLETED: "it is open, but its workflow has ended",
    Kind.RESET: "its workflow was reset",
    Kind.STUCK: "its run can't go on",
    Kind.REPLACED: "another workflow stands under its id",
    Kind.ENDED_BUT_RUNNING: "it has ended, but its workflow runs",
    Kind.UNREADABLE: "it could not be looked into",
}
"""Each finding in a few words."""


def report_words(report: Report) -> str:
    """Return a table and a sentence for each case, and what follows from it all."""
    lines = []
    if report.findings:
        rows = [(_name(one), str(one.kind), _short(one, report)) for one in report.findings]
        lines += [table(("case", "found", "done"), rows), ""]
        lines += [sentence(one) for one in report.findings]
        lines.append("")
    lines.append(_summary(report))
    return "\n".join(lines)


def sentence(finding: Finding) -> str:
    """Return what was found of a case and what was done."""
    words = [f"{_name(finding)}: {FOUND[finding.kind]}{_where(finding)}."]
    words += [finding.done, finding.why and f"Not mended: {finding.why}"]
    if finding.files:
        words.append(
            "Files that it refers to are not in the database any more; uploaded once more by "
            f"anybody, they are found again: {', '.join(finding.files)}."
        )
    return " ".join(word for word in words if word)


def _where(finding: Finding) -> str:
    about = finding.about
    parts = []
    if about.get("record") is not None and about.get("case_head") is not None:
        parts.append(
            "the record has nothing of it"
            if about["record"] == 0
            else f"the record ends at entry {about['record']}, the case's at {about['case_head']}"
        )
    if about.get("run"):
        parts.append(f"run {about['run']}")
    if about.get("new_run"):
        parts.append(f"it goes on as run {about['new_run']}")
    return f" ({'; '.join(parts)})" if parts else ""


def _name(finding: Finding) -> str:
    return finding.number or finding.case


def _short(finding: Finding, report: Report) -> str:
    if finding.why:
        return "not mended"
    return "would be mended" if report.dry_run else "mended"


def _summary(report: Report) -> str:
    bad = sum(bool(one.why) for one in report.findings)
    compared = f"{report.cases} cases were compared, in Temporal and in the record"
    if not report.findings:
        return f"{compared}: they agree."
    found = _many(len({one.case for one in report.findings}), "case")
    would = "would be mended" if report.dry_run else "was mended, and is recorded"
    left = f"{_many(bad, 'finding')} can't be mended by this program." if bad else ""
    rest = f"What was found of {found} {would}" + (", as far as it can be." if bad else ".")
    return " ".join(part for part in (f"{compared}.", rest, left) if part)


def _many(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def entries(first: int, last: int) -> str:
    """Return which entries are meant; from the first on, if the last lies before it."""
    if first > last:
        return f"entries from {first} on"
    return f"entry {first}" if first == last else f"entries {first} to {last}"
