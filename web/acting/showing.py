"""What pages for acting show of a case: the values that are signed, papers, signatures, versions.

Presenters do the showing; here is only asked what they need, and only what the person may see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from definitions.canonical import Json
from definitions.definition import Definition
from definitions.fields.patch import PatchSet
from definitions.model import FieldSpec, words
from definitions.rules import hidden_steps
from definitions.rules.values import COMMENT, COMMENT_NAME
from store.attachments import get
from store.queries.cases import SignatureRow, signatures_of, values_of
from store.queries.community import owners_of
from web.acting.loading import CaseAt
from web.page_models import Patch, Row, Signature, Text, Withheld
from web.presenters.fields import Sight, papers, rows, subject, value, withheld, withheld_step
from web.presenters.patches import patches
from web.presenters.reader import Reader
from web.presenters.signatures import signatures
from web.services import services

if TYPE_CHECKING:
    from web.page_models import Papers


_SHORT_FILE = 40  # changed lines of a file that stays in view


def sight_of(at: CaseAt) -> Sight:
    """Return what the person is shown of the case's values."""
    withheld = [name for name in at.state.fields if not at.may_see(name)]
    seen = {name: value for name, value in at.values.items() if name not in withheld}
    return Sight(
        definition=at.definition,
        number=at.number,
        values=seen,
        withheld=withheld,
        erased=[n for n in at.state.fields if n not in at.values and n not in withheld],
        owners=owners_in(at.definition, seen),
    )


def owners_in(definition: Definition, values: Mapping[str, Json]) -> dict[str, str]:
    """Return whose the addresses in the patches among the values are, by address."""
    addresses = [
        address
        for name in _patches_among(definition, values)
        for address in PatchSet.from_json({"patches": values[name]["patches"]}).addresses()
    ]
    with services().database.reading() as connection:
        return owners_of(connection, addresses)


def covered_rows(at: CaseAt, step: str) -> tuple[Row, ...]:
    """Return the values that a signature in the step is about."""
    return rows(at.reader, sight_of(at), at.definition.covered(step))


def covered_papers(at: CaseAt, step: str) -> Papers | None:
    """Return the papers that a signature in the step is about."""
    return papers(sight_of(at), at.definition.covered(step))


def subject_of(at: CaseAt) -> str:
    """Return what the case is about, in a line."""
    return subject(at.reader, at.definition, sight_of(at).values)


def patches_of(at: CaseAt, names: Iterable[str]) -> tuple[Patch, ...]:
    """Return what the patches among these fields change."""
    seen = sight_of(at).values
    wanted = {name: seen[name] for name in names if name in seen}
    return shown_patches(at.definition, at.reader, wanted)


def shown_patches(
    definition: Definition, reader: Reader, values: Mapping[str, Json]
) -> tuple[Patch, ...]:
    """Return what the patches among the values change, read from the stored files."""
    names = _patches_among(definition, values)
    digests = {name: values[name]["file"]["sha256"] for name in names}
    with services().database.reading() as connection:
        stored = {digest: get(connection, digest) for digest in digests.values()}
    contents = {digest: file.content for digest, file in stored.items() if file is not None}
    owners = owners_in(definition, values)
    return tuple(
        patch
        for name, digest in digests.items()
        for patch in patches(reader, values[name], contents.get(digest), owners)
    )


def folded(patches: tuple[Patch, ...]) -> tuple[Patch, ...]:
    """Return patches whose long files come folded, for a page on which something else counts."""
    return tuple(
        replace(
            patch,
            files=tuple(
                replace(file, unfolded=file.unfolded and file.added + file.removed <= _SHORT_FILE)
                for file in patch.files
            ),
        )
        for patch in patches
    )


def signatures_of_step(at: CaseAt, step: str) -> tuple[Signature, ...]:
    """Return who has signed the step in this round, with what they wrote."""
    counting = {one.act for one in at.state.steps[step].signatures}
    with services().database.reading() as connection:
        given = [one for one in signatures_of(connection, at.state.case) if one.act_id in counting]
        comments = values_of(connection, [(one.act_id, COMMENT_NAME) for one in given])
    listed = signatures(at.reader, at.told, given, {})
    return tuple(
        replace(shown, comment=_comment(at, one, comments.get((one.act_id, COMMENT_NAME))))
        for shown, one in zip(listed, given, strict=True)
    )


def typed_rows(
    reader: Reader, specs: Mapping[str, FieldSpec], values: Mapping[str, Json]
) -> tuple[Row, ...]:
    """Return values that a person gave themselves, to show them again."""
    known = {**specs, COMMENT_NAME: specs.get(COMMENT_NAME, COMMENT)}
    return tuple(
        Row(label=words(known[name].title), value=value(reader, known[name], values[name]))
        for name in known
        if name in values
    )


def raw_rows(specs: Mapping[str, FieldSpec], raw: Mapping[str, str]) -> tuple[Row, ...]:
    """Return what was typed, as it was typed, where it isn't known what it means."""
    known = {**specs, COMMENT_NAME: specs.get(COMMENT_NAME, COMMENT)}
    return tuple(
        Row(label=words(known[name].title), value=Text(text=text))
        for name, text in raw.items()
        if name in known and text
    )


def _patches_among(definition: Definition, values: Mapping[str, Json]) -> list[str]:
    specs = definition.body.start.fields
    return [name for name in values if name in specs and specs[name].type == "patch"]


def _comment(at: CaseAt, of: SignatureRow, text: Json) -> Text | Withheld | None:
    private = hidden_steps(at.definition, at.state, at.reader.id, at.reader.roles)
    if text and of.step in private and of.actor != at.reader.id:
        return withheld_step(at.definition, of.step)
    if text and not at.may_see(COMMENT_NAME):
        return withheld(at.definition, COMMENT_NAME)
    return Text(text=text) if isinstance(text, str) and text else None
