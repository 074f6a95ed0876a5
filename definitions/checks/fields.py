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
