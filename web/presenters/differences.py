"""What differs between two versions of a definition, line by line, for reading.

Compared is all that decides: the file as it was written and the exclusivity matrix (Policy
9.1.2), each as YAML. A comment or the way in which a line was folded decides nothing and isn't
compared.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from ruamel.yaml import YAML

from definitions.canonical import Json
from definitions.definition import Definition
from web.page_models import DiffFile, DiffLine, Hunk

_CONTEXT = 3  # lines around what differs
_UNFOLDED = 10_000  # characters: a line of the file stays one, and the page folds it
_LINES_AT_ONCE = 80  # more come folded


@lru_cache(maxsize=64)
def differences(old: Definition, new: Definition) -> tuple[DiffFile, ...]:
    """Return what differs, in the definition's file and in the exclusivity matrix.

    Args:
        old: the version to which the removed lines belong.
        new: the version to which the added lines belong.

    Returns:
        One or two files; none if both versions say the same.
    """
    pairs = (
        (f"{new.process}.yaml", old.written(), new.written()),
        ("exclusivity.yaml", old.exclusivity, new.exclusivity),
    )
    found = (_file(path, _lines(before), _lines(after)) for path, before, after in pairs)
    return tuple(file for file in found if file.hunks)


def _lines(data: Json) -> list[str]:
    yaml = YAML(typ="safe", pure=True)
    # ruamel declares the type of its default only.
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.width = _UNFOLDED
    text = io.StringIO()
    yaml.dump(data, text)
    return text.getvalue().splitlines()


def _file(path: str, old: Sequence[str], new: Sequence[str]) -> DiffFile:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    hunks = tuple(
        Hunk(header=_place(old, new, group), lines=tuple(_hunk(old, new, group)))
        for group in matcher.get_grouped_opcodes(_CONTEXT)
    )
    kinds = [line.kind for hunk in hunks for line in hunk.lines]
    return DiffFile(
        path=path,
        change="changed",
        added=kinds.count("add"),
        removed=kinds.count("del"),
        hunks=hunks,
        unfolded=len(kinds) <= _LINES_AT_ONCE,
    )


Opcodes = Sequence[tuple[str, int, int, int, int]]


def _hunk(old: Sequence[str], new: Sequence[str], group: Opcodes) -> Iterator[DiffLine]:
    for tag, old_from, old_to, new_from, new_to in group:
        if tag == "equal":
            for n in range(old_to - old_from):
                yield DiffLine(
                    kind="same",
                    text=old[old_from + n],
                    old=old_from + n + 1,
                    new=new_from + n + 1,
                )
            continue
        for n in range(old_from, old_to):
            yield DiffLine(kind="del", text=old[n], old=n + 1)
        for n in range(new_from, new_to):
            yield DiffLine(kind="add", text=new[n], new=n + 1)


def _place(old: Sequence[str], new: Sequence[str], group: Opcodes) -> str:
    """Say where in the file a hunk is, by the keys above its first change."""
    changed = next(code for code in group if code[0] != "equal")
    lines, at = (new, changed[3]) if changed[3] < changed[4] else (old, changed[1])
    depth = _depth(lines[at])
    keys: list[str] = []
    for line in reversed(lines[:at]):
        if _depth(line) < depth and line.endswith(":"):
            keys.insert(0, line.strip().removeprefix("- ").rstrip(":"))
            depth = _depth(line)
    return ", ".join(keys) or "At the top"


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
