"""Which version of its definition a case lives by, and that new cases follow another.

A case lives and dies by the version that it was opened under: a definition that changes changes
no case that runs. Its people are told, so that nobody takes the rules of today for its own.
"""

from __future__ import annotations

from definitions.definition import Definition
from web.page_models import Earlier, Link, VersionRef

_SHORT = 8  # characters of a version's SHA-256


def short(definition: Definition) -> str:
    """Return a version for people: the first characters of its SHA-256."""
    return definition.version[:_SHORT]


def version_ref(definition: Definition) -> VersionRef:
    """Return a version of a definition, with its page."""
    return VersionRef(
        title=definition.title(),
        short=short(definition),
        digest=definition.version,
        url=_url(definition),
        rules=definition.body.rules,
    )


def earlier(own: Definition, current: Definition | None, *, ended: bool) -> Earlier | None:
    """Return what the page says where new cases follow something else; None where they don't.

    Args:
        own: the version that the case lives by.
        current: the one that new cases begin under; None if none can be opened any more.
        ended: whether the case has ended.
    """
    if current is not None and current.version == own.version:
        return None
    runs = "ran" if ended else "runs"
    began = (
        f"This case {runs} under an earlier version of its definition ({short(own)}), "
        "which was in force when it was opened."
    )
    if current is None:
        now = "No new cases of this process can be opened."
    else:
        now = f"New cases begin under another version ({short(current)})."
    follows = "" if ended else "Who signs, in which order and until when follows its own version. "
    links = [Link(label="Read the version of this case", url=_url(own))]
    if current is not None:
        links.append(Link(label="See what differs", url=f"{_url(own)}#differs"))
    return Earlier(sentences=(began, follows + now), links=tuple(links))


def _url(definition: Definition) -> str:
    return f"/definitions/{definition.process}?version={definition.version}"
