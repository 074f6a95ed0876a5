"""What a case begins with: who opens it, its form, its people, and who sees what."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.checks.context import OPENER, Context
from definitions.checks.fields import check_field
from definitions.errors import DefinitionError
from definitions.model import FieldSpec, OpenedBy, PersonOfCase, Viewers
from definitions.reading import KeyPath
from definitions.rules.seeing import MEMBER
from definitions.rules.values import COMMENT_NAME


def check_start(context: Context) -> Iterator[DefinitionError]:
    """Check the file's name and who may open a case."""
    process = context.body.process
    name = context.source.file.rpartition("/")[2].rpartition(".")[0]
    if name != process:
        yield context.error(
            ("process",),
            f"The file is called {name}, and the process `{process}`.",
            f"Call the file {process}.yaml, or the process `{name}`.",
        )
    for index, role in enumerate(context.body.start.roles):
        yield from context.unknown_role(("start", "roles", index), role)
    for field, choices in context.body.start.when.items():
        path: KeyPath = ("start", "when", field)
        yield from context.unknown_field(path, field)
        spec = context.body.start.fields.get(field)
        known = tuple(spec.choices or ()) if spec else ()
        if spec is not None and not spec.required:
            yield context.error(
                path,
                f"Whoever leaves `{field}` empty isn't asked whether they may open the case so.",
                f"Write `required: true` at `{field}`.",
            )
        for choice, by in choices.items():
            if spec is not None:
                what = f"choice of `{field}`"
                yield from context.unknown((*path, choice), what, choice, known)
            yield from _opened_by(context, by, (*path, choice))
        yield from _fixed(context, field, path)


def _opened_by(context: Context, by: OpenedBy, path: KeyPath) -> Iterator[DefinitionError]:
    if not by.roles and by.person is None:
        yield context.error(
            path, "Nobody could open a case with this choice.", "Name `roles` or a `person`."
        )
    allowed = set(context.body.start.roles)
    for index, role in enumerate(by.roles):
        yield from context.unknown_role((*path, "roles", index), role)
        if role not in allowed and MEMBER not in allowed:
            yield context.error(
                (*path, "roles", index),
                f"`{role}` can't open such a case at all: `start.roles` doesn't name it.",
                "Add it to `start.roles`; with this choice only these roles open it then.",
            )
    if by.team_of is not None and not by.roles:
        here = (*path, "team_of")
        yield context.error(here, "`team_of` goes with `roles`.", "Name who leads teams.")
    for key, field in (("team_of", by.team_of), ("person", by.person)):
        if field is None:
            continue
        yield from context.unknown_field((*path, key), field)
        spec = context.body.start.fields.get(field)
        if spec is not None and spec.type != "person":
            yield context.error(
                (*path, key),
                f"`{field}` names nobody: it is of type `{spec.type}`.",
                "Name a field of type `person`.",
            )
        yield from _fixed(context, field, (*path, key))


def _fixed(context: Context, field: str, path: KeyPath) -> Iterator[DefinitionError]:
    amend = context.body.amend
    if amend is not None and field in amend.fields:
        yield context.error(
            path,
            f"Who may open the case rests on `{field}`, which can be amended afterwards.",
            f"Take `{field}` out of `amend`.",
        )


def check_fields(context: Context) -> Iterator[DefinitionError]:
    """Check each field of the form."""
    for name, spec in context.body.start.fields.items():
        path: KeyPath = ("start", "fields", name)
        yield from check_field(context, path, spec)
        if spec.type == "case":
            yield from _names_a_case(context, name, spec, path)


def _names_a_case(
    context: Context, name: str, spec: FieldSpec, path: KeyPath
) -> Iterator[DefinitionError]:
    """Check a field that names another case: everybody sees which, and it stays that one."""
    body = context.body
    known = (*context.library, body.process)
    for index, process in enumerate(spec.processes or () if context.library else ()):
        yield from context.unknown((*path, "processes", index), "process", process, known)
    if body.amend is not None and name in body.amend.fields:
        yield context.error(
            path,
            f"Who is kept out rests on which case `{name}` names, and it can be amended.",
            f"Take `{name}` out of `amend`.",
        )
    if name in body.privacy.fields:
        yield context.error(
            path,
            f"The page of the case that `{name}` names shows this one: that can't be hidden.",
            f"Take `{name}` out of `privacy`.",
        )


def check_people(context: Context) -> Iterator[DefinitionError]:
    """Check where the people of a case come from."""
    for name, person in context.body.people.items():
        path: KeyPath = ("people", name)
        if name == OPENER:
            yield context.error(
                path,
                "The opener is whoever opened the case, and comes from no field.",
                "Choose another name for this person.",
            )
        yield from context.unknown_field((*path, "from"), person.from_)
        field = context.body.start.fields.get(person.from_)
        if field is None:
            continue
        if field.type not in ("patch", "person", "case"):
            yield context.error(
                (*path, "from"),
                f"Nobody can be taken from `{person.from_}`: it is of type `{field.type}`.",
                "Name a field of type `patch`, `person` or `case`.",
            )
        elif field.type == "case" and not person.of:
            yield context.error(
                path,
                f"`{person.from_}` names a case, and nothing says which of its people are meant.",
                "Add `of` with the names of people of that case.",
            )
        elif field.type != "case" and person.of:
            yield context.error(
                (*path, "of"),
                f"`{person.from_}` is of type `{field.type}`, and names no case.",
                "Take `of` out, or make it `type: case`.",
            )
        else:
            yield from _of_another(context, field, person, (*path, "of"))


def _of_another(
    context: Context, field: FieldSpec, person: PersonOfCase, path: KeyPath
) -> Iterator[DefinitionError]:
    """Check that each process whose cases can be named has these people; itself even alone."""
    bodies = {**context.library, context.body.process: context.body}
    for process in field.processes or ():
        body = bodies.get(process)
        if body is None:
            continue
        known = (OPENER, *body.people, *body.draws, *body.bound)
        for index, name in enumerate(person.of):
            what = f"person of a case of `{process}`"
            yield from context.unknown((*path, index), what, name, known)


def check_privacy(context: Context) -> Iterator[DefinitionError]:
    """Check who sees the case and its fields, and by which section something is hidden (9.5)."""
    privacy = context.body.privacy
    if privacy.case is not None:
        yield from _viewers(context, privacy.case, ("privacy", "case"))
    for name, viewers in privacy.fields.items():
        path: KeyPath = ("privacy", "fields", name)
        yield from context.unknown_field(path, name)
        if name in context.body.start.fields:
            yield from _namesakes(context, name, path)
        yield from _viewers(context, viewers, path)
    for name, viewers in privacy.steps.items():
        path = ("privacy", "steps", name)
        yield from context.unknown_step(path, name)
        yield from _viewers(context, viewers, path)


def _namesakes(context: Context, name: str, path: KeyPath) -> Iterator[DefinitionError]:
    """Find what would be hidden with a field for its name alone: a case's page hides by names."""
    if name == COMMENT_NAME:
        yield context.error(
            path,
            "With a confidential field called `comment`, all comments would be hidden as well.",
            "Choose another name for the field.",
        )
    for step, spec in context.body.steps.items():
        if name in spec.evidence:
            yield context.error(
                ("steps", step, "evidence", name),
                f"The confidential field `{name}` has the same name: this would be hidden with it.",
                "Choose another name, and hide what is given in the step under `privacy.steps`.",
            )


def _viewers(context: Context, viewers: Viewers, path: KeyPath) -> Iterator[DefinitionError]:
    for index, role in enumerate(viewers.roles):
        yield from context.unknown_role((*path, "roles", index), role)
    for index, person in enumerate(viewers.people):
        yield from context.unknown_person((*path, "people", index), person)
    if viewers.policy is None and viewers.judgement is None:
        yield context.error(
            path,
            "Something is hidden here, and nothing says by what right (9.5).",
            "Cite the section as `policy`, or give the reason as `judgement`.",
        )
    if not (viewers.roles or viewers.people or viewers.signers):
        yield context.error(
            path,
            "Nobody could see this, not even the Arbitrator.",
            "Name `roles` or `people`, or say `signers: true`.",
        )
