"""Making commitments for acts that the system itself makes (the web makes those of people)."""

import secrets
from collections.abc import Mapping

from definitions.acts import Opening
from definitions.canonical import SALT_BYTES, Json, commit_to


def committed(values: Mapping[str, Json]) -> tuple[dict[str, str], dict[str, Opening]]:
    """Return commitments to the values under fresh salts, and what opens them."""
    openings = {
        name: Opening(secrets.token_hex(SALT_BYTES), value) for name, value in values.items()
    }
    commitments = {
        name: commit_to(opening.salt, opening.value) for name, opening in openings.items()
    }
    return commitments, openings
