"""Pages to look things up, filled."""

from __future__ import annotations

from flask import abort

from definitions.citations import load_policy
from web.frame import frame
from web.page_models import DefinitionPage, PolicySectionPage
from web.presenters.definition import definition_page
from web.presenters.policy import section_page
from web.reading import definitions, reader
from web.services import services


def policy_start() -> str:
    """Return the number of the policy's first section."""
    return load_policy().sections()[0].number


def policy_page(number: str) -> PolicySectionPage:
    """Return the page of a section; 404 if there is none of this number."""
    policy = load_policy()
    found = policy.section(number.rstrip("."))
    if found is None:
        abort(404)
    return section_page(policy, found, services().library.definitions(), frame())


def definition_page_of(process: str, version: str) -> DefinitionPage:
    """Return the page of a definition; 404 if there is none of this process and version.

    Args:
        process: Its name.
        version: SHA-256 of the version; "" for the one of today.
    """
    library = services().library
    current = library.current(process) if process in library.processes() else None
    with services().database.reading() as connection:
        wanted = definitions(connection, {version}).get(version) if version else current
        who = reader(connection)
    if wanted is None or wanted.process != process:
        abort(404)
    return definition_page(who, wanted, frame(), current)
