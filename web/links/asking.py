"""A way to a new link from the page of a dead one.

Whoever asks has only a link that is no good, perhaps a stolen one: so the new link isn't shown to
them, but goes by mail to the person whose the old one was; and the case's record says so.
"""

from __future__ import annotations

from store.notices import AskedLink, ask_for_link
from web.limits import limit_new_links
from web.links.opening import Known, refused, why_no_new_one
from web.services import now, services


def ask_for_new_one(known: Known) -> None:
    """Leave the wish for the case, and tell the case to look.

    Raises:
        Refused: a new link could not be used either, or one was asked for a moment ago.
    """
    refusal = why_no_new_one(known)
    if refusal is not None:
        raise refused(known, refusal)
    claims = known.claims
    asked = AskedLink(
        person=claims.person,
        case=claims.case,
        step=claims.step,
        instance=known.instance,
        link=claims.id,
        mail=claims.mail,
    )
    with services().database.writing() as connection:
        limit_new_links(connection, claims.person, claims.case, claims.step)
        ask_for_link(connection, asked, now())
    services().security_log.record(
        "link-asked", link=claims.id, person=claims.person, case=claims.case
    )
    services().look(claims.case)
