"""Forms from a definition's fields: what is asked, what was typed, and what it means.

`read` takes a form that was sent; `typed_from` takes values that hold already, to amend them;
`form_fields` and `tickets` make the form again with all that was typed. Text is normalised
here, at the edge; the rules check what comes out, here and again in the commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from flask import request

from definitions.canonical import Json
from definitions.fields.errors import FieldError
from definitions.fields.packages import packages_from_json, packages_to_json, parse_upgradable
from definitions.fields.text import clean_text
from definitions.model import FieldSpec, words
from definitions.refusals import Refusal
from definitions.rules import check_values
from definitions.rules.values import COMMENT, COMMENT_NAME
from store.directory import people
from web.acting.uploads import (
    KeptFile,
    check_size,
    hidden_ticket,
    kept_file,
    limit_words,
    read_file,
    read_patch,
)
from web.field_names import input_name, posted
from web.page_models import Choice, FieldKind, FormField, Hidden, Problem
from web.presenters.reader import section
from web.services import now, services
from web.words import role_title

COMMENT_LENGTH = COMMENT.max or 0

_UNTICKED = "Tick this box if it is so; it can't be signed without."
_REMEDIES = {
    "choice": "Choose one.",
    "person": "Choose somebody.",
    "patch": "Choose the file.",
    "file": "Choose a file.",
    "case": "Write the number as the page of that case has it.",
    "packages": "Paste the list.",
}
_LENGTH = {"string": 200, "text": 4000, "case": 40}
_KINDS: Mapping[str, FieldKind] = {
    "string": "text",
    "text": "long_text",
    "choice": "choice",
    "person": "person",
    "attestation": "attest",
    "packages": "paste",
    "patch": "file",
    "file": "file",
    "case": "text",
}
_ROWS = {"text": 6, "packages": 8}
_PATCHES = ".patch,.mbox,.mbx,.eml,.txt,text/x-patch,text/x-diff,text/plain"
_APT_LINE = "openssl/stable-security 3.0.17-1~deb12u2 amd64 [upgradable from: 3.0.16-1~deb12u1]"

Specs: TypeAlias = Mapping[str, FieldSpec]
_Read: TypeAlias = tuple[Json, KeptFile | None]


@dataclass(frozen=True)
class Typed:
    """What a form holds.

    Attributes:
        raw: What was typed or chosen, by field.
        kept: Files that are stored already, by field.
        values: What it means, as far as it could be read.
        problems: What is wrong, by field; "" for the form as a whole.
        sections: By which section of the policy, where one says so.
    """

    raw: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, KeptFile] = field(default_factory=dict)
    values: Mapping[str, Json] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    sections: Mapping[str, str | None] = field(default_factory=dict)

    def listed(self) -> tuple[Problem, ...]:
        """Return the lines of the error summary."""
        return tuple(
            Problem(
                sentence=text,
                field=input_name(name) if name else "",
                section=section(self.sections.get(name)),
            )
            for name, text in self.problems.items()
        )


def read(specs: Specs) -> Typed:
    """Read the form that was sent, and check it field by field."""
    raw: dict[str, str] = {}
    kept: dict[str, KeptFile] = {}
    values: dict[str, Json] = {}
    problems: dict[str, str] = {}
    for name, spec in specs.items():
        raw[name] = posted(name)
        try:
            value, file = _READERS[spec.type](name, spec)
        except FieldError as error:
            problems[name] = str(error).replace("`", "")
            file = kept_file(name)
        else:
            if value is not None:
                values[name] = value
        if file is not None:
            kept[name] = file
    for refusal in check_values(specs, values):
        name = refusal.field or ""
        problems.setdefault(name, _told(refusal, specs[name], given=name in values))
    ordered = {name: problems[name] for name in specs if name in problems}
    return Typed(raw, kept, values, ordered)


def read_comment() -> tuple[str, str, str]:
    """Return the comment as typed, cleaned, and what is wrong with it, if anything."""
    typed = request.form.get(COMMENT_NAME, "")
    try:
        return typed, clean_text(typed, max_length=COMMENT_LENGTH).strip(), ""
    except FieldError as error:
        return typed, "", str(error)


def typed_from(specs: Specs, values: Mapping[str, Json]) -> Typed:
    """Return a form filled with values that hold already."""
    raw: dict[str, str] = {}
    kept: dict[str, KeptFile] = {}
    for name, spec in specs.items():
        value = values.get(name)
        if value is None:
            continue
        if spec.type == "packages":
            raw[name] = apt_lines(value)
        elif spec.type == "patch":
            kept[name] = KeptFile(**value["file"], media_type="")
        elif spec.type == "file":
            kept[name] = KeptFile(**value)
        else:
            raw[name] = "yes" if value is True else str(value)
    return Typed(raw, kept, values)


def form_fields(specs: Specs, typed: Typed) -> tuple[FormField, ...]:
    """Return the fields of a form, with everything that was typed and what is wrong with it."""
    return tuple(_form_field(name, spec, typed) for name, spec in specs.items())


def comment_field(typed: str, label: str, hint: str, error: str, *, required: bool) -> FormField:
    """Return the field for a comment or a reason."""
    return FormField(
        name=COMMENT_NAME,
        kind="long_text",
        label=label,
        hint=hint,
        value=typed,
        error=error,
        required=required,
        max_length=COMMENT_LENGTH,
    )


def tickets(typed: Typed) -> tuple[Hidden, ...]:
    """Return the hidden fields for files that needn't be chosen again."""
    return tuple(hidden_ticket(name, file) for name, file in typed.kept.items())


def apt_lines(value: Json) -> str:
    """Return a list of packages as `apt list --upgradable` prints it."""
    return "\n".join(
        f"{one.name}/{','.join(one.origins)} {one.new} {one.architecture} "
        f"[upgradable from: {one.old}]"
        for one in packages_from_json(value["packages"])
    )


def people_choices(chosen: str) -> tuple[Choice, ...]:
    """Return everybody of the community, to choose from."""
    with services().database.reading() as connection:
        everybody = people(connection, now())
    return tuple(
        Choice(value=one.id, label=one.name, hint=_main_role(one.roles), chosen=one.id == chosen)
        for one in everybody
    )


def uploads(specs: Specs) -> bool:
    """Say whether a form sends files."""
    return any(spec.type in {"patch", "file"} for spec in specs.values())


def _told(refusal: Refusal, spec: FieldSpec, *, given: bool) -> str:
    """Return what is wrong with a field and what to do, in the words of its kind."""
    if spec.type == "attestation":
        return _UNTICKED
    remedy = refusal.remedy if given else _REMEDIES.get(spec.type, refusal.remedy)
    return f"{refusal.sentence} {remedy}".strip()


def _form_field(name: str, spec: FieldSpec, typed: Typed) -> FormField:
    raw, kept = typed.raw.get(name, ""), typed.kept.get(name)
    return FormField(
        name=input_name(name),
        kind=_KINDS[spec.type],
        label=words(spec.title),
        hint=_hint(spec),
        value=raw,
        error=typed.problems.get(name, ""),
        required=spec.required,
        max_length=(spec.max or _LENGTH[spec.type]) if spec.type in _LENGTH else 0,
        rows=_ROWS.get(spec.type, 5),
        choices=_choices(spec, raw),
        chosen=raw == "yes",
        accept=_PATCHES if spec.type == "patch" else ",".join(spec.kinds or ()),
        kept=(kept.paper(),) if kept else (),
        example=_APT_LINE if spec.type == "packages" else "",
    )


def _hint(spec: FieldSpec) -> str:
    hint = words(spec.hint).replace("`", "")
    if spec.type in {"patch", "file"} and spec.max:
        hint = f"{hint} Up to {limit_words(spec.max)}.".strip()
    return hint


def _choices(spec: FieldSpec, chosen: str) -> tuple[Choice, ...]:
    if spec.type == "person":
        return people_choices(chosen)
    return tuple(
        Choice(value=value, label=words(label), chosen=value == chosen)
        for value, label in (spec.choices or {}).items()
    )


def _main_role(roles: Iterable[str]) -> str:
    own = [role for role in roles if role != "member"]
    return role_title(own[0]) if own else ""


def _read_line(name: str, spec: FieldSpec) -> _Read:
    return _text(name, spec).strip() or None, None


def _read_text(name: str, spec: FieldSpec) -> _Read:
    return _text(name, spec).rstrip() or None, None


def _text(name: str, spec: FieldSpec) -> str:
    return clean_text(posted(name), max_length=spec.max or _LENGTH[spec.type])


def _read_chosen(name: str, _spec: FieldSpec) -> _Read:
    return posted(name) or None, None


def _read_attestation(name: str, _spec: FieldSpec) -> _Read:
    return True if posted(name) == "yes" else None, None


def _read_packages(name: str, _spec: FieldSpec) -> _Read:
    text = posted(name)
    if not text.strip():
        return None, None
    value = {"packages": packages_to_json(parse_upgradable(text))}
    check_size(value)
    return value, None


def _read_patch(name: str, spec: FieldSpec) -> _Read:
    found = read_patch(name, spec)
    return (found[1], found[0]) if found else (None, None)


def _read_file(name: str, spec: FieldSpec) -> _Read:
    found = read_file(name, spec)
    return (found[1], found[0]) if found else (None, None)


_READERS: Mapping[str, Callable[[str, FieldSpec], _Read]] = {
    "string": _read_line,
    "text": _read_text,
    "choice": _read_chosen,
    "person": _read_chosen,
    "attestation": _read_attestation,
    "packages": _read_packages,
    "patch": _read_patch,
    "file": _read_file,
    "case": _read_line,
}
