"""Whether the values of a form are what its fields ask for; one check for each type of field.

The web asks to answer quickly, the commit asks because nobody else's word counts. A refusal
names its field, so that a page can show it there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from definitions.canonical import Json
from definitions.fields.errors import FieldError
from definitions.fields.packages import packages_from_json
from definitions.fields.patch import PatchSet
from definitions.fields.people import read_address
from definitions.fields.text import clean_text
from definitions.model import FieldSpec, words
from definitions.refusals import Refusal

EXTERNAL = "external"
"""What an address is declared as that belongs to nobody in the directory."""

LENGTH = {"string": 200, "text": 4000}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME_LENGTH = 255
CASE_NUMBER = re.compile(r"([a-z][0-9]{8}\.[1-9][0-9]{0,5})(?:/([1-9][0-9]{0,3}))?")
"""The number of a case, and of which of the rulings made in it, if of one."""
COMMENT_NAME = "comment"
"""What the values of an act call the comment; beside it no evidence can be called so."""
COMMENT = FieldSpec(type="text", title={"en": "Comment"}, max=10000)


@dataclass(frozen=True)
class DeclaredAddress:
    """An address of an author, and what the opener declared it to be, if anything.

    Attributes:
        declared: `external`, a person's id, or None.
    """

    address: str
    declared: str | None


def check_values(
    fields: Mapping[str, FieldSpec], values: Mapping[str, Json], *, partial: bool = False
) -> tuple[Refusal, ...]:
    """Return a refusal for each value that its field doesn't take, in the order of the form.

    Args:
        partial: whether required fields may be absent (an amendment names only what changes).
    """
    found = [
        _refused(name, None, f"This form has no field “{name}”.", "Fill the form as it is shown.")
        for name in values
        if name not in fields
    ]
    for name, spec in fields.items():
        value = values.get(name)
        absent = partial and name not in values
        if is_empty(value) and _is_required(spec, values) and not absent:
            found.append(_refused(name, spec, f"“{words(spec.title)}” is required.", "Fill it in."))
        elif not _is_nothing(value) and (refusal := _check_one(name, spec, value)):
            found.append(refusal)
    return tuple(found)


def _is_required(spec: FieldSpec, values: Mapping[str, Json]) -> bool:
    """Say whether the form must hold it, given the choices that were made."""
    chosen = spec.required_when
    return spec.required or (
        bool(chosen) and all(values.get(name) == choice for name, choice in chosen.items())
    )


def is_empty(value: Json) -> bool:
    """Say whether a value is what a form sends for a field that nobody filled in.

    Blanks alone fill nothing in.
    """
    return _is_nothing(value) or (isinstance(value, str) and not value.strip())


def _is_nothing(value: Json) -> bool:
    """Say the same, without blanks; 0 isn't nothing, although Python has it equal False."""
    return value is None or value is False or value == ""


def comment_refusal(value: Json, *, required: bool, why: str) -> Refusal | None:
    """Return why a comment can't be taken, None if it can.

    Args:
        why: what needs it, for the sentence when it is missing (“to reject”).
    """
    if is_empty(value) and required:
        return Refusal(
            "comment-required",
            f"A comment is required {why}: others must be able to read the reason.",
            remedy="Write why, in a sentence or two.",
            field="comment",
        )
    return None if _is_nothing(value) else _check_one("comment", COMMENT, value)


def addresses_of(value: Json) -> tuple[DeclaredAddress, ...]:
    """Return the addresses in the value of a patch field, with what was declared of each."""
    declared = value.get("declared", {})
    addresses = PatchSet.from_json({"patches": value["patches"]}).addresses()
    return tuple(DeclaredAddress(address, declared.get(address)) for address in addresses)


def _check_one(name: str, spec: FieldSpec, value: Json) -> Refusal | None:
    try:
        _CHECKS[spec.type](spec, value)
    except FieldError as error:
        return _refused(name, spec, error.sentence, error.remedy)
    return None


def _refused(name: str, spec: FieldSpec | None, sentence: str, remedy: str) -> Refusal:
    label = f"{words(spec.title)}: " if spec and not sentence.startswith("“") else ""
    return Refusal("value", f"{label}{sentence}", remedy=remedy, field=name)


def _need(condition: object, sentence: str, remedy: str) -> None:
    if not condition:
        raise FieldError(sentence, remedy)


def _check_text(spec: FieldSpec, value: Json) -> None:
    _need(isinstance(value, str), "This must be text.", "Type it in.")
    cleaned = clean_text(value, max_length=spec.max or LENGTH[spec.type])
    _need(cleaned == value, "The text isn't normalised.", "Send it through the form.")
    if spec.type == "string":
        _need("\n" not in value, "This must be a single line.", "Leave out the line breaks.")


def _check_choice(spec: FieldSpec, value: Json) -> None:
    choices = spec.choices or {}
    _need(
        isinstance(value, str) and value in choices,
        "This isn't one of the choices.",
        "Choose one of: " + ", ".join(words(text) for text in choices.values()) + ".",
    )


def _check_person(_spec: FieldSpec, value: Json) -> None:
    ok = isinstance(value, str) and 0 < len(value) <= _NAME_LENGTH
    _need(ok, "This isn't a person of the directory.", "Choose one from the list.")


def _check_attestation(_spec: FieldSpec, value: Json) -> None:
    _need(value is True, "This is confirmed with a tick, nothing else.", "Tick it if it is so.")


def _check_packages(_spec: FieldSpec, value: Json) -> None:
    ok = isinstance(value, dict) and set(value) == {"packages"}
    _need(ok, "This isn't a list of packages.", "Paste what apt prints.")
    _need(packages_from_json(value["packages"]), "The list is empty.", "Paste what apt prints.")


def _check_file(spec: FieldSpec, value: Json) -> None:
    keys = {"sha256", "name", "size", "media_type"}
    _need(isinstance(value, dict) and set(value) == keys, "This isn't a file.", "Upload one.")
    _check_reference(spec, value)
    kinds: Sequence[str] = spec.kinds or ()
    _need(
        not kinds or value["media_type"] in kinds,
        f"A file of the kind {value['media_type']} isn't accepted here.",
        "Accepted are: " + ", ".join(kinds) + ".",
    )


def _check_reference(spec: FieldSpec, value: Json) -> None:
    name, size = value["name"], value["size"]
    ok = (
        isinstance(value["sha256"], str)
        and _SHA256.fullmatch(value["sha256"])
        and isinstance(name, str)
        and 0 < len(name) <= _NAME_LENGTH
        and type(size) is int  # True is an int too
        and size > 0
        and isinstance(value.get("media_type", ""), str)
    )
    _need(ok, "The file's digest, name or size isn't right.", "Upload it again.")
    most = spec.max or size
    _need(size <= most, f"The file has {size} bytes; {most} are the most.", "Make it smaller.")


def _check_patch(spec: FieldSpec, value: Json) -> None:
    keys = {"file", "patches", "declared"}
    _need(isinstance(value, dict) and set(value) == keys, "This isn't a patch.", "Upload one.")
    file = value["file"]
    ok = isinstance(file, dict) and set(file) == {"sha256", "name", "size"}
    _need(ok, "The patch comes without its file.", "Upload it again.")
    _check_reference(spec, file)
    addresses = PatchSet.from_json({"patches": value["patches"]}).addresses()
    _need(addresses, "The patch names no author.", "Upload what `git format-patch` makes.")
    declared = value["declared"]
    ok = isinstance(declared, dict) and all(
        isinstance(who, str) and address in addresses for address, who in declared.items()
    )
    _need(ok, "Something is declared of an address that isn't in the patch.", "Open it again.")
    for address in declared:
        read_address(address)


def _check_case(_spec: FieldSpec, value: Json) -> None:
    _need(
        isinstance(value, str) and CASE_NUMBER.fullmatch(value),
        "This isn't the number of a case or of a ruling.",
        "Write it as the case's page has it: a20260302.1, or a20260302.1/1 for a ruling.",
    )


_CHECKS: Mapping[str, Callable[[FieldSpec, Json], None]] = {
    "string": _check_text,
    "text": _check_text,
    "choice": _check_choice,
    "person": _check_person,
    "attestation": _check_attestation,
    "packages": _check_packages,
    "patch": _check_patch,
    "file": _check_file,
    "case": _check_case,
}
