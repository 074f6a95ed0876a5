"""Signed acts as text, as they are kept and exported."""

import json

from definitions.acts import Opening, SignedAct
from definitions.canonical import canonical


def signed_to_text(signed: SignedAct) -> str:
    """Return the signed act with its openings as canonical JSON."""
    openings = {
        name: {"salt": opening.salt, "value": opening.value}
        for name, opening in signed.openings.items()
    }
    whole = {"act": signed.act, "signatures": signed.signatures, "openings": openings}
    return canonical(whole).decode()


def signed_from_text(text: str) -> SignedAct:
    """Return what `signed_to_text` wrote."""
    data = json.loads(text)
    openings = {
        name: Opening(opening["salt"], opening["value"])
        for name, opening in data["openings"].items()
    }
    return SignedAct(data["act"], data["signatures"], openings)
