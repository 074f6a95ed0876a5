"""Values of fields as pages show them, by the field's type; and what is withheld or erased."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from definitions.canonical import Json
from definitions.definition import Definition
from definitions.fields.packages import PackageUpgrade, packages_from_json
from definitions.fields.patch import Patch, PatchSet
from definitions.model import FieldSpec, Viewers, words
from web.page_models import Paper, Papers, People, Row, Table, Text, Value, Withheld
from web.presenters.reader import Reader, case_url, role_title, section
from web.presenters.words import capital, counted, listed, number

_ROWS_AT_MOST = 200
_NAMES_AT_MOST = 2
_SUBJECT_LENGTH = 120

ERASED = Withheld(sentence="Erased: the record still proves that there was a value, not which.")


@dataclass(frozen=True)
class Sight:
    """What a reader is shown of a case's values.

    Attributes:
        definition: the case's.
        number: the case's.
        values: by field, those that the reader may see and that weren't erased.
        withheld: fields that have a value which the reader may not see.
        erased: fields whose value is there no more.
        owners: whose the addresses in patches are, by address.
        notes: a sentence below a field's value: who changed it.
    """

    definition: Definition
    number: str
    values: Mapping[str, Json]
    withheld: Collection[str] = ()
    erased: Collection[str] = ()
    owners: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)


def rows(reader: Reader, sight: Sight, names: Iterable[str] | None = None) -> tuple[Row, ...]:
    """Return the lines of what a case is about.

    Args:
        names: which fields; all of the form by default. One without a value is left out, unless
            it is withheld or erased.
    """
    specs = sight.definition.body.start.fields
    wanted = specs if names is None else [name for name in specs if name in set(names)]
    return tuple(
        Row(label=words(specs[name].title), value=shown, note=sight.notes.get(name, ""))
        for name in wanted
        if (shown := _shown(reader, sight, name, specs[name])) is not None
    )


def papers(sight: Sight, names: Iterable[str] | None = None) -> Papers | None:
    """Return the files of a case, None if there are none."""
    specs = sight.definition.body.start.fields
    wanted = set(specs if names is None else names)
    found = []
    for name, spec in specs.items():
        if name not in wanted or spec.type not in {"patch", "file"}:
            continue
        if name in sight.values:
            found.append(paper(sight.number, spec, sight.values[name]))
    return Papers(papers=tuple(found)) if found else None


def paper(number: str, spec: FieldSpec, value: Json) -> Paper:
    """Return a file of a case, as it can be fetched."""
    file = value["file"] if spec.type == "patch" else value
    about = f"{words(spec.title)}, {size_words(file['size'])}"
    url = case_url(number, "files", file["sha256"])
    return Paper(name=file["name"], url=url, digest=file["sha256"], about=about)


def size_words(size: int) -> str:
    """Return a size in bytes as people read it."""
    for unit, factor in (("MB", 1_000_000), ("kB", 1_000)):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return counted(size, "byte") if size <= 1 else f"{size} bytes"


def value(reader: Reader, spec: FieldSpec, given: Json) -> Value:
    """Return one value as its type is shown."""
    return _SHOWN[spec.type](reader, spec, given)


def withheld(definition: Definition, name: str) -> Withheld:
    """Return that a field is withheld, and who may see it."""
    return _withheld(
        definition, definition.body.privacy.fields.get(name) or definition.body.privacy.case
    )


def withheld_step(definition: Definition, step: str) -> Withheld:
    """Return that what was given in a step is withheld, and who may see it."""
    return _withheld(
        definition, definition.body.privacy.steps.get(step) or definition.body.privacy.case
    )


def _withheld(definition: Definition, viewers: Viewers | None) -> Withheld:
    if viewers is None:
        return Withheld(sentence="Withheld: you may not see this.", section=section("9.5"))
    why = f" {viewers.judgement}" if viewers.judgement else ""
    return Withheld(
        sentence=f"Withheld: only {viewers_words(definition, viewers)} may read this.{why}",
        section=section(viewers.policy),
    )


def reading_words(definition: Definition, step: str) -> str:
    """Return who can read what is given in a step, to go on with `can read it`."""
    viewers = definition.body.privacy.steps.get(step)
    if viewers is None:
        return "everybody who sees the case"
    return f"only {viewers_words(definition, viewers)}"


def viewers_words(definition: Definition, viewers: Viewers) -> str:
    """Return who sees something: `Arbitrators, the subject and who can sign a step`."""
    who = [role_title(role, plural=True) for role in viewers.roles]
    for name in viewers.people:
        body = definition.body
        person = body.people.get(name) or body.draws.get(name) or body.bound.get(name)
        who.append(f"the {words(person.title) if person else name}")
    if viewers.signers:
        who.append("those who sign a step")
    return listed(who) or "nobody"


def subject(reader: Reader, definition: Definition, values: Mapping[str, Json]) -> str:
    """Return what a case is about in a line, from the values that the reader may see; or "".

    Where its form asks for a person first, that is who it is about.
    """
    for name, spec in definition.body.start.fields.items():
        if values.get(name) and spec.type in _SUBJECTS:
            found = " ".join(_SUBJECTS[spec.type](reader, values[name]).split())
            return found if len(found) <= _SUBJECT_LENGTH else f"{found[:_SUBJECT_LENGTH]}…"
    return ""


def subject_fields(definition: Definition) -> tuple[str, ...]:
    """Return the fields that a subject may be taken from, the best first."""
    fields = definition.body.start.fields
    return tuple(name for name, spec in fields.items() if spec.type in _SUBJECTS)


def lines_words(added: int, removed: int) -> str:
    """Return how much changes: `three lines added, none removed`."""
    return f"{counted(added, 'line')} added, {number(removed) if removed else 'none'} removed"


def read_patches(given: Json) -> tuple[Patch, ...]:
    """Return the commits in the value of a patch field."""
    return PatchSet.from_json({"patches": given["patches"]}).patches


def patch_values(definition: Definition, values: Mapping[str, Json]) -> list[Json]:
    """Return the values of a case's patch fields."""
    return [
        values[name]
        for name, spec in definition.body.start.fields.items()
        if spec.type == "patch" and name in values
    ]


def addresses_in(patches: Iterable[Json]) -> set[str]:
    """Return the addresses of all who wrote patches, or are named in them."""
    return {
        address
        for patch in patches
        for address in PatchSet.from_json({"patches": patch["patches"]}).addresses()
    }


def _shown(reader: Reader, sight: Sight, name: str, spec: FieldSpec) -> Value | None:
    if name in sight.withheld:
        return withheld(sight.definition, name)
    if name in sight.erased:
        return ERASED
    if name not in sight.values:
        return None
    if spec.type == "patch":
        return _patch(reader, sight, sight.values[name])
    if spec.type == "file":
        return Papers(papers=(paper(sight.number, spec, sight.values[name]),))
    return value(reader, spec, sight.values[name])


def _patch(reader: Reader, sight: Sight, given: Json) -> Text:
    """Say in words what a patch is; who wrote it stands with the diff."""
    patches = PatchSet.from_json({"patches": given["patches"]})
    commits = counted(len(patches.patches), "commit")
    files = counted(patches.files, "file")
    lines = [
        f"{capital(commits)}, {files}: {lines_words(patches.added, patches.removed)}.",
        *(f"{patch.commit[:12]} {patch.subject}" for patch in patches.patches[:_ROWS_AT_MOST]),
    ]
    unsure = patches.unsure()
    for said, addresses in (
        ("Written by", [one for one in patches.addresses() if one not in unsure]),
        ("Also named in it", unsure),
    ):
        names = [_author(reader, sight, given, address) for address in addresses]
        lines += [f"{said}: {listed(names)}."] if names else []
    return Text(text="\n".join(lines))


def _author(reader: Reader, sight: Sight, given: Json, address: str) -> str:
    declared = given.get("declared", {}).get(address)
    owner = sight.owners.get(address) or (declared if declared != "external" else None)
    return reader.community.name(owner) if owner else f"{address} (external)"


def _text(_reader: Reader, _spec: FieldSpec, given: Json) -> Text:
    return Text(text=str(given))


def _choice(_reader: Reader, spec: FieldSpec, given: Json) -> Text:
    return Text(text=words((spec.choices or {}).get(given)) or str(given))


def _person(reader: Reader, _spec: FieldSpec, given: Json) -> People:
    return People(people=(reader.person(given),))


def _attestation(_reader: Reader, _spec: FieldSpec, _given: Json) -> Text:
    return Text(text="Confirmed")


def _packages(_reader: Reader, _spec: FieldSpec, given: Json) -> Table:
    packages = packages_from_json(given["packages"])
    shown = packages[:_ROWS_AT_MOST]
    security = sum(package.security for package in packages)
    how_many = "" if len(packages) == 1 else "all " if security == len(packages) else None
    if how_many is None:
        how_many = f"{number(security)} of them "
    from_security = f", {how_many}from a security archive"
    return Table(
        caption=capital(counted(len(packages), "package"))
        + (from_security if security else ", none from a security archive"),
        columns=("Package", "From", "To", "Origin", "Architecture"),
        rows=tuple((p.name, p.old, p.new, ", ".join(p.origins), p.architecture) for p in shown),
        marked=frozenset(index for index, package in enumerate(shown) if package.security),
        mark="security",
        hidden_rows=len(packages) - len(shown),
    )


def _file_words(_reader: Reader, _spec: FieldSpec, given: Json) -> Text:
    file = given.get("file", given)
    return Text(text=f"{file['name']} ({size_words(file['size'])})")


def _subject_of_patch(_reader: Reader, given: Json) -> str:
    patches = read_patches(given)
    more = f" (and {counted(len(patches) - 1, 'more commit')})" if len(patches) > 1 else ""
    return f"{patches[0].subject}{more}" if patches else ""


def _subject_of_packages(_reader: Reader, given: Json) -> str:
    packages: Sequence[PackageUpgrade] = packages_from_json(given["packages"])
    # What comes from a security archive is what one looks for.
    ordered = sorted(packages, key=lambda package: not package.security)
    named = [package.name for package in ordered[:_NAMES_AT_MOST]]
    rest = len(packages) - len(named)
    return listed([*named, *([counted(rest, "more package")] if rest else [])])


_SHOWN: Mapping[str, Callable[[Reader, FieldSpec, Json], Value]] = {
    "string": _text,
    "text": _text,
    "choice": _choice,
    "person": _person,
    "attestation": _attestation,
    "packages": _packages,
    "patch": _file_words,
    "file": _file_words,
    "case": _text,
}
_SUBJECTS: Mapping[str, Callable[[Reader, Json], str]] = {
    "patch": _subject_of_patch,
    "packages": _subject_of_packages,
    "person": lambda reader, given: reader.community.name(given),
    "string": lambda _reader, given: str(given),
    "text": lambda _reader, given: str(given).partition("\n")[0],
}
