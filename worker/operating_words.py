"""What operators are told about backups, restores and rebuilds, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worker.backup_manifest import DATABASE

if TYPE_CHECKING:
    from store.record.rebuild import RebuildReport
    from worker.backup import MadeBackup
    from worker.restore import Restored


def backup_words(made: MadeBackup) -> str:
    """Return what was backed up."""
    manifest = made.manifest
    size = sum(file.size for file in manifest.files)
    lines = [
        (
            f"The backup is in {made.folder}: {', '.join(manifest.included())} "
            f"({len(manifest.files)} files, {size} bytes, made {manifest.made_at})."
        ),
        *(f"Not in it: {part.name}: {part.why}." for part in manifest.parts if not part.included),
        f"Its manifest has the SHA-256 {manifest.digest}.",
        "It holds keys and personal data: keep it as you keep the original.",
    ]
    return "\n".join(lines)


def restore_words(restored: Restored) -> str:
    """Return what was restored, and what comes next."""
    lines = [
        f"Restored from {restored.folder}, made {restored.made_at}: {', '.join(restored.parts)}."
    ]
    if restored.aside is not None:
        lines.append(f"What stood there before is in {restored.aside}.")
    if DATABASE in restored.parts:
        lines.append(
            "All sessions and all sign-in links of the backup were ended: everybody signs in "
            "again, and who has no password needs a new link."
        )
    lines += restored.said
    lines.append(
        "Start Countersign: the worker compares every open case with the record before it goes "
        "on. Then run `countersign record verify`."
    )
    return "\n".join(lines)


def rebuild_words(report: RebuildReport) -> str:
    """Return what differed from the record, and what was left alone."""
    lines = [
        f"{table}: {', '.join(f'{count} rows {how}' for how, count in counts.items())}."
        for table, counts in report.changed.items()
    ]
    lines += [f"Left as it stood: {stream}: {why}." for stream, why in report.left]
    if not report.changed:
        lines.append("Everything is as the record says.")
    elif report.dry_run:
        lines.append("Nothing was changed. Without --dry-run it is made as the record says.")
    else:
        lines.append("It is as the record says now, and that it wasn't is recorded.")
    return "\n".join(lines)
