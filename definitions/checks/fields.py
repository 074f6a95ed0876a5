"""Fields, of the case's form and of evidence: what each type of field may say."""

from __future__ import annotations

import re
from collections.abc import Iterator

from definitions.checks.context import Context
from definitions.errors import DefinitionError
from definitions.model import FieldSpec
from definitions.reading import KeyPath

_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]*")
_WITH_MAX = ("string", "text", "patch", "file")


def check_field(context: Context, path: KeyPath, spec: FieldSpec) -> Iterator[DefinitionError]:
    """Check that a field has what its type needs, and nothing else."""
    if spec.type == "choice" and not spec.choices:
        yield context.error(path, "A choice needs choices.", "Add `choices: {id: words}`.")
    if spec.type != "choice" and spec.choices is not None:
        yield context.error(
            (*path, "choices"),
            f"A field of type `{spec.type}` has no choices.",
            "Take `choices` out, or make it `type: choice`.",
        )
    if spec.type != "file" and spec.kinds is not None:
        yield context.error(
            (*path, "kinds"),
            f"A field of type `{spec.type}` has no kinds of files.",
            "Take `kinds` out, or make it `type: file`.",
        )
    yield from _naming(context, path, spec)
    for index, kind in enumerate(spec.kinds or ()):
        if not _MEDIA_TYPE.fullmatch(kind):
            yield context.error(
                (*path, "kinds", index),
                f"`{kind}` is not a media type.",
                "Write it like application/pdf or text/plain.",
            )
    if spec.max is not None and spec.type not in _WITH_MAX:
        yield context.error(
            (*path, "max"),
            f"A field of type `{spec.type}` has no greatest length.",
            "Take `max` out.",
        )


def _naming(context: Context, path: KeyPath, spec: FieldSpec) -> Iterator[DefinitionError]:
    """Check what a field says that names a case, and that no other says it."""
    if spec.type == "case" and not spec.processes:
        yield context.error(
            path,
            "It doesn't say of which processes it can name a case.",
            "Add `processes: [process]`.",
        )
    if spec.type == "case" and path[:2] != ("start", "fields"):
        yield context.error(
            path,
            "Only the form with which a case is opened names another case.",
            "Make it `type: string` here.",
        )
    for key in ("processes", "decided", "offer"):
        if spec.type != "case" and key in spec.model_fields_set:
            yield context.error(
                (*path, key),
                f"A field of type `{spec.type}` names no case.",
                f"Take `{key}` out, or make it `type: case`.",
            )
