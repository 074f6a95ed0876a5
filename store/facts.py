"""What the directory and the attachments say about an act: part of the facts that decide.

The commit asks this for good, the web beforehand, so that it can answer quickly. Nothing here
changes anything, and nothing here is a rule of signing: those are in `definitions/rules/`.
"""

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, select

from definitions.acts import Act, Facts
from definitions.canonical import Json
from definitions.definition import Definition
from definitions.model import FieldSpec
from definitions.refusals import Refusal
from definitions.rules import DeclaredAddress, addresses_needed, check_values
from definitions.rules.values import EXTERNAL, is_empty
from store import tables
from store.directory import exists, is_current, person_by_address, roles_of


def facts_for(
    connection: Connection,
    definition: Definition,
    act: Act,
    values: Mapping[str, Json],
    *,
    at: str,
    number: str | None = None,
) -> Facts | Refusal:
    """Return the facts of a person's act, or why it can't be taken.

    Args:
        values: the plain values; that they open the act's commitments is checked elsewhere.
        at: the time that decides.
        number: the number allotted, with an opening act.
    """
    if not is_current(connection, act.actor, at):
        return Refusal(
            "unknown-actor",
            "The directory knows nobody here who could have done this, or they have left.",
            "9.1.5",
            "If that is wrong, tell the Board: it admits people to the community's roles.",
        )
    form = form_of(definition, act)
    refusal = next(_missing_things(connection, form, values, at), None)
    if refusal:
        return refusal
    bound = _bound(connection, definition, act, values)
    if isinstance(bound, Refusal):
        return bound
    return Facts(at, roles_of(connection, act.actor, at), number, bound)


def form_of(definition: Definition, act: Act) -> Mapping[str, FieldSpec]:
    """Return the fields that the act may carry, beside a comment."""
    if act.kind in {"open", "amend"}:
        return definition.body.start.fields
    step = definition.body.steps.get(act.step or "")
    return step.evidence if step is not None and act.kind == "sign_off" else {}


def _missing_things(
    connection: Connection, form: Mapping[str, FieldSpec], values: Mapping[str, Json], at: str
) -> Iterator[Refusal]:
    """Yield what the values refer to and the store doesn't have: people and attachments.

    Values that aren't of their field's form are left alone: the rules refuse them.
    """
    given = {name: value for name, value in values.items() if name in form and not is_empty(value)}
    if check_values(form, given, partial=True):
        return
    for name, value in given.items():
        kind = form[name].type
        if kind == "person" and not is_current(connection, value, at):
            yield Refusal(
                "unknown-person",
                "The person chosen isn't of the community, or has left it.",
                remedy="Choose somebody whom the form offers.",
                field=name,
            )
        if kind in {"patch", "file"}:
            file = value["file"] if kind == "patch" else value
            size = connection.scalar(
                select(tables.attachments.c.size).where(
                    tables.attachments.c.sha256 == file["sha256"]
                )
            )
            if size != file["size"]:
                yield Refusal(
                    "no-attachment",
                    "The file that this refers to isn't stored here.",
                    remedy="Upload it again.",
                    field=name,
                )


def _bound(
    connection: Connection, definition: Definition, act: Act, values: Mapping[str, Json]
) -> dict[str, tuple[str, ...]] | Refusal:
    if act.kind not in {"open", "amend"}:
        return {}
    if check_values(definition.body.start.fields, values, partial=act.kind == "amend"):
        return {}  # the rules refuse it
    bound: dict[str, tuple[str, ...]] = {}
    for name, addresses in addresses_needed(definition, values).items():
        people: list[str] = []
        for address in addresses:
            owner = _owner(connection, address)
            if owner is None:
                return _unknown_address(definition, name, address.address)
            people.extend(owner)
        bound[name] = tuple(dict.fromkeys(people))
    return bound


def _owner(connection: Connection, address: DeclaredAddress) -> tuple[str, ...] | None:
    """Return who is behind the address, nobody for an outsider, None if that isn't known.

    The directory's answer goes before what was declared: nobody becomes a stranger by saying so.
    """
    known = person_by_address(connection, address.address)
    if known is not None:
        return (known,)
    if address.declared == EXTERNAL:
        return ()
    if address.declared is not None and exists(connection, address.declared):
        return (address.declared,)
    return None


def _unknown_address(definition: Definition, name: str, address: str) -> Refusal:
    return Refusal(
        "unknown-address",
        f"The address {address} in the patch belongs to nobody in the directory.",
        definition.body.people[name].policy,
        "Say whose it is, or declare that its owner is not of the community.",
        definition.body.people[name].from_,
    )
