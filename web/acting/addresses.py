"""Whose the addresses in a patch are: people of the community, strangers, or not known yet.

An address that matches nobody must be declared: its owner is outside of the community, or is
somebody of it under an address that the directory lacks. Those matched are shown with the person,
who is then barred from reviewing (Policy 7.4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import request

from definitions.canonical import Json, sha256
from definitions.definition import Definition
from definitions.fields.patch import PatchSet
from definitions.rules.values import EXTERNAL
from store.queries.community import owners_of
from web.acting.fields import people_choices
from web.page_models import Choice, FormField, Hidden
from web.services import services

_ID_LENGTH = 12


@dataclass(frozen=True)
class Address:
    """An address of an author, committer or co-author of a patch.

    Attributes:
        field: The patch's field.
        address: In lower case.
        names: The names that stand beside it.
        owner: The person whose it is by the directory; None if nobody's.
        declared: What was declared of it: `external`, a person's id, or "".
        section: The section by which it matters whose it is; "" where none is named.
    """

    field: str
    address: str
    names: tuple[str, ...]
    owner: str | None
    declared: str = ""
    section: str = ""

    @property
    def input(self) -> str:
        """The name of the form's field that asks whose it is."""
        return f"whose-{self.field}-{sha256(self.address.encode())[:_ID_LENGTH]}"

    @property
    def open(self) -> bool:
        """Whether it isn't known yet whose it is."""
        return self.owner is None and not self.declared

    @property
    def cited(self) -> str:
        """The section in brackets, to end a sentence with."""
        return f" ({self.section})" if self.section else ""

    def told(self) -> str:
        """Return it with the names beside it."""
        return f"{' / '.join(self.names)} <{self.address}>" if self.names else self.address


def find_addresses(
    definition: Definition, values: Mapping[str, Json], *, posted: bool = True
) -> tuple[Address, ...]:
    """Return the addresses in the patches among the values, with what is known of each.

    Args:
        posted: whether the form that was sent may declare whose an address is.
    """
    found = [
        (name, address, names)
        for name in _patch_fields(definition)
        if values.get(name)
        for address, names in PatchSet.from_json({"patches": values[name]["patches"]})
        .addresses()
        .items()
    ]
    with services().database.reading() as connection:
        owners = owners_of(connection, (address for _, address, _ in found))
    sections = {person.from_: person.policy or "" for person in definition.body.people.values()}
    addresses = []
    for name, address, names in found:
        known = values[name]["declared"].get(address, "")
        one = Address(name, address, names, owners.get(address), known, sections[name])
        if posted and one.owner is None:
            one = replace(one, declared=request.form.get(one.input, known))
        addresses.append(one)
    return tuple(addresses)


def declare(values: Mapping[str, Json], addresses: Sequence[Address]) -> dict[str, Json]:
    """Return the values with what was declared of addresses that nobody in the directory has."""
    declared: dict[str, Json] = dict(values)
    for name in {one.field for one in addresses}:
        said = {
            one.address: one.declared
            for one in addresses
            if one.field == name and one.owner is None and one.declared
        }
        declared[name] = {**values[name], "declared": said}
    return declared


def address_fields(addresses: Sequence[Address], *, asked: bool) -> tuple[FormField, ...]:
    """Return a field for each address that matches nobody.

    Args:
        asked: whether it was asked before, so that no answer is something to mend.
    """
    unknown = [one for one in addresses if one.owner is None]
    everybody = people_choices("") if unknown else ()
    return tuple(_field(one, everybody, asked=asked) for one in unknown)


def address_problems(addresses: Sequence[Address]) -> dict[str, str]:
    """Return what is wrong with the answers, by field."""
    return {one.input: _unanswered(one) for one in addresses if one.open}


def hidden_answers(addresses: Sequence[Address]) -> tuple[Hidden, ...]:
    """Return the answers as hidden fields, for a form that doesn't ask."""
    return tuple(
        Hidden(name=one.input, value=one.declared)
        for one in addresses
        if one.owner is None and one.declared
    )


def told(addresses: Sequence[Address], names: Mapping[str, str], title: str) -> tuple[str, ...]:
    """Return a sentence for each address whose owner is known by now.

    Args:
        names: everybody's name, by id.
        title: what the people are in the case: `author`.
    """
    sentences = []
    for one in addresses:
        if one.owner is not None:
            name = names.get(one.owner, one.owner)
            sentences.append(
                f"{one.told()} is {name}, who is then {title} and can't sign it off{one.cited}."
            )
        elif one.declared == EXTERNAL:
            sentences.append(f"{one.told()} is declared to be outside of the community.")
        elif one.declared:
            name = names.get(one.declared, one.declared)
            sentences.append(
                f"{one.told()} is declared to be {name}, who is then {title} and can't sign it "
                f"off{one.cited}."
            )
    return tuple(sentences)


def _patch_fields(definition: Definition) -> tuple[str, ...]:
    fields = definition.body.start.fields
    bound = dict.fromkeys(person.from_ for person in definition.body.people.values())
    return tuple(name for name in bound if fields[name].type == "patch")


def _field(one: Address, everybody: Sequence[Choice], *, asked: bool) -> FormField:
    outside = Choice(value=EXTERNAL, label="Somebody outside of the community")
    return FormField(
        name=one.input,
        kind="person",
        label=f"Whose address is {one.address}?",
        hint=_asked_of(one),
        error=_unanswered(one) if asked and one.open else "",
        choices=tuple(
            replace(choice, chosen=choice.value == one.declared) for choice in (outside, *everybody)
        ),
    )


def _asked_of(one: Address) -> str:
    named = f"The patch names {' / '.join(one.names)} beside it. " if one.names else ""
    return (
        f"{named}The directory doesn't know it, and nobody signs for themselves{one.cited}. "
        "Your answer is signed with the case."
    )


def _unanswered(one: Address) -> str:
    return f"Say whose address {one.address} is: choose a person, or that it is nobody's of ours."
