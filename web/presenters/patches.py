"""What a patch changes, for reading: commits with their people, files with coloured lines.

The lines come from the stored file itself, read again by the strict reader, and not from what
somebody typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from definitions.canonical import Json
from definitions.fields import display
from definitions.fields.errors import FieldError
from definitions.fields.patch import Patch as ReadPatch
from definitions.fields.patch import PatchFile
from definitions.fields.people import Person as Named
from web.page_models import DiffFile, DiffLine, Hunk, Patch, Person
from web.presenters.fields import lines_words, read_patches
from web.presenters.reader import Reader
from web.presenters.words import capital, counted

_LINES_IN_VIEW = 400  # of one file; longer ones come folded
_LINES_ON_A_PAGE = 6_000  # over all files; beyond it the file itself is there to be fetched
_KINDS: Mapping[str, str] = {"context": "same", "add": "add", "remove": "del", "meta": "note"}
_CHANGES: Mapping[str, str] = {
    "add": "added",
    "added": "added",
    "modify": "changed",
    "modified": "changed",
    "delete": "deleted",
    "deleted": "deleted",
    "rename": "moved",
    "renamed": "moved",
    "copy": "copied",
    "copied": "copied",
    "mode": "mode changed",
    "binary": "changed",
}


def patches(
    reader: Reader, given: Json, content: bytes | None, owners: Mapping[str, str]
) -> tuple[Patch, ...]:
    """Return what the value of a patch field changes.

    Args:
        content: the stored file; without it only the files' names are shown.
        owners: whose the addresses are, by address; the rest is external, or as declared.
    """
    files = _files(content) if content is not None else {}
    whose = {**given.get("declared", {}), **owners}
    return tuple(
        Patch(
            subject=patch.subject,
            message=patch.message,
            people=_people(reader, patch, whose),
            files=files.get(number) or tuple(_bare(file) for file in patch.files),
            summary=_summary(patch),
        )
        for number, patch in enumerate(read_patches(given), 1)
    )


def _people(reader: Reader, patch: ReadPatch, whose: Mapping[str, str]) -> tuple[Person, ...]:
    parts = (
        ("author", patch.authors),
        ("committer", patch.committers),
        ("co-author", patch.co_authors),
        ("named in the message", patch.others),
    )
    found: dict[str, Person] = {}
    for part, people in parts:
        for named in people:
            owner = whose.get(named.address, "external")
            found.setdefault(
                named.address if owner == "external" else owner, _one(reader, named, owner, part)
            )
    return tuple(found.values())


def _one(reader: Reader, named: Named, owner: str, part: str) -> Person:
    if owner != "external":
        return reader.person(owner, part)
    name = f"{named.name} <{named.address}>" if named.name else named.address
    return Person(name=name, role=f"{part}, external")


def _summary(patch: ReadPatch) -> str:
    added = sum(file.added for file in patch.files)
    removed = sum(file.removed for file in patch.files)
    files = capital(counted(len(patch.files), "file"))
    return f"{files}: {lines_words(added, removed)}."


@lru_cache(maxsize=32)
def _files(content: bytes) -> Mapping[int, tuple[DiffFile, ...]]:
    """Return the changed files with their lines, by the commit's place in the file."""
    found: dict[int, list[DiffFile]] = {}
    left = _LINES_ON_A_PAGE
    try:
        for file in display.diff_lines(content):
            lines = sum(len(hunk.lines) for hunk in file.hunks)
            shown = file.hunks if lines <= left else ()
            left -= lines if shown else 0
            found.setdefault(file.number, []).append(_file(file.file, shown, lines))
    except FieldError:  # it was read when it was opened, by a reader that took more
        return {}
    return {number: tuple(files) for number, files in found.items()}


def _file(file: PatchFile, hunks: Iterable[display.DiffHunk], lines: int) -> DiffFile:
    bare = _bare(file)
    shown = tuple(_hunk(hunk) for hunk in hunks)
    note = bare.note
    if lines and not shown:
        note = f"{lines:,} lines, not shown here: fetch the file to read them."
    return DiffFile(
        path=bare.path,
        was=bare.was,
        change=bare.change,
        added=bare.added,
        removed=bare.removed,
        hunks=shown,
        unfolded=bool(shown) and lines <= _LINES_IN_VIEW,
        note=note,
    )


def _bare(file: PatchFile) -> DiffFile:
    moved = file.old_path not in {None, file.new_path} and file.new_path is not None
    change = _CHANGES.get(file.change, file.change)
    if file.old_mode and file.new_mode and file.old_mode != file.new_mode:
        change = f"{change}, mode {file.old_mode} → {file.new_mode}"
    return DiffFile(
        path=file.new_path or file.old_path or "",
        was=(file.old_path or "") if moved else "",
        change=change,
        added=file.added,
        removed=file.removed,
        unfolded=False,
        note="Not text; not shown." if file.binary else "",
    )


def _hunk(hunk: display.DiffHunk) -> Hunk:
    first = hunk.lines[0] if hunk.lines else None
    where = (first.new or first.old) if first else None
    place = f"Line {where}" if where else ""
    header = f"{place}: {hunk.heading}" if hunk.heading else place
    return Hunk(header=header, lines=tuple(_line(line) for line in hunk.lines))


def _line(line: display.DiffLine) -> DiffLine:
    return DiffLine(
        kind=_KINDS[line.kind],  # type: ignore[arg-type]
        text=line.text,
        old=line.old,
        new=line.new,
    )
