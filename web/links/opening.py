"""Who may decide what from a link: all that makes one good or dead, each with its own sentence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from flask import g, url_for

from definitions.acts import MAIL_LINK
from definitions.canonical import Json
from definitions.clock import parse, stamp
from definitions.definition import Definition
from definitions.model import LinkWith
from definitions.organisation import load_organisation
from definitions.refusals import Refusal
from definitions.rules import seat_by_link, shown, why_no_link
from definitions.rules.resting import why_at_rest
from store.access.case_links import StoredLink, changed, dead, find, why_dead
from store.access.link_tokens import LinkClaims, read
from store.directory import Person as Member
from store.directory import person as person_of
from store.queries.cases import CaseRow, cases_by_id
from web.acting.loading import CaseAt, find_case
from web.current import Person, current_person, signed_in
from web.page_models import Button, Form, Link
from web.reading import definitions
from web.refused import Refused
from web.services import now, services, settings

HEADING = "This link can't be used."
GONE = 410
_AGAIN: Final = timedelta(minutes=15)
"""So long the form of a used link, sent again, shows without a session what was signed."""
_NEW_ONE = "Have a new link sent by mail, or sign in to decide on the page of the case."


@dataclass(frozen=True)
class Known:
    """A link that we made, for whoever opens it: what it is for, whatever became of it.

    Attributes:
        stored: what became of it; None if the database knows it no more.
        row: the case.
    """

    token: str
    claims: LinkClaims
    stored: StoredLink | None
    row: CaseRow
    definition: Definition

    @property
    def instance(self) -> str:
        """The opening in which the step is now, or was last; "" if it never was open."""
        at = self.row.state.steps.get(self.claims.step)
        return at.instance if at else ""


@dataclass(frozen=True)
class Opened:
    """A link that is good.

    Attributes:
        repeated: it was used by this very form a moment ago, or whose it is has signed in: what
            became of that is to be shown.
    """

    claims: LinkClaims
    at: CaseAt
    repeated: bool = False


def known_link(token: str) -> Known:
    """Return a link of ours; the rest of this request acts as the person whose it is.

    Args:
        token: as it stood in the address.

    Raises:
        Refused: it isn't ours, or somebody else is signed in.
    """
    claims = read(token, services().link_key, settings().public_url)
    if claims is None:
        raise _strange()
    with services().database.reading() as connection:
        stored = find(connection, claims.id)
        member = person_of(connection, claims.person, now())
        row = cases_by_id(connection, [claims.case]).get(claims.case)
        found = definitions(connection, {row.version}) if row else {}
    if member is None or row is None or (stored is not None and stored.claims != claims):
        raise _strange()
    _nobody_elses(member)
    _act_for(member, claims)
    return Known(token, claims, stored, row, found[row.version])


def open_link(token: str, nonce: str = "") -> Opened:
    """Return what a link is for, if it is good; the rest of this request acts as its person.

    Args:
        token: as it stood in the address.
        nonce: of the form that was sent from its page, if one was.

    Raises:
        Refused: it is dead, with the reason and, where it helps, a way to a new one.
    """
    known = known_link(token)
    if _used_by(known, nonce):
        at = find_case(known.row.number)
        _signed_in_too(known, at)
        if current_person() or _used_just_now(known):
            return Opened(known.claims, at, repeated=True)
    refusal = why_dead(known.stored, now()) or _left(known) or _at_rest(known) or _not_about(known)
    if refusal is not None:
        raise refused(known, refusal)
    at = find_case(known.row.number)
    _signed_in_too(known, at)
    return Opened(known.claims, at)


def why_no_new_one(known: Known) -> Refusal | None:
    """Return why a new link would be of no use to the person either, None if it would be."""
    person, why = signed_in(), _left(known) or _at_rest(known)
    if why is not None:
        return why
    state, step = known.row.state, known.claims.step
    seat = seat_by_link(known.definition, state, step, person.id, person.roles, now())
    return seat if isinstance(seat, Refusal) else None


def refused(known: Known, refusal: Refusal) -> Refused:
    """Return the page of a link that is dead, with a way to a new one if that could be used."""
    url = url_for("cases.case", number=known.row.number)
    new = None
    if why_no_new_one(known) is None:
        button = Button(label="Send me a new link")
        new = Form(action=url_for("links.again", token=known.token), buttons=(button,))
        refusal = replace(refusal, remedy=_NEW_ONE)
    way = Link(label=f"Go to {known.row.number}", url=url)
    return Refused(refusal, GONE, heading=HEADING, links=(way,)).with_form(new)


def _act_for(member: Member, claims: LinkClaims) -> None:
    """Let the rest of this request act as the person of a link; its acts say by which link."""
    visitor = current_person()
    by: dict[str, Json] = {"link": claims.id, "mail": claims.mail}
    how = visitor.auth if visitor else {"kind": MAIL_LINK, "at": now()}
    g.acting_for = Person(
        id=member.id,
        name=member.name,
        roles=tuple(member.roles),
        language=member.language,
        auth={**how, **by},
        session=visitor.session if visitor else "",
        has_password=True,
    )


def _nobody_elses(member: Member) -> None:
    visitor = current_person()
    if visitor is None or visitor.id == member.id:
        return
    refusal = Refusal(
        "other-session",
        f"This link is for {member.name}, and {visitor.name} is signed in here. "
        "Nothing was signed.",
        remedy=f"If you are {member.name}, sign out first, then open the link again.",
    )
    raise Refused(refusal, 403, heading=HEADING)


def _left(known: Known) -> Refusal | None:
    """Return that the person has left, all or the body whose vote the link is for; else None."""
    if not signed_in().roles:
        return dead("left-community", "You are no longer of the community that decides this.")
    spec = known.definition.seat(known.claims.step, known.claims.seat)
    if spec.body is None:
        return None
    vote = known.row.state.votes.get(known.claims.step)
    member = load_organisation().body(spec.body).member
    if member in signed_in().roles and not (vote and known.claims.person in vote.left):
        return None
    return dead("left-body", "You are no longer a member of the body that decides this.", "9.1.5")


def _at_rest(known: Known) -> Refusal | None:
    """Return that the case is suspended; the link is good again once it goes on, if in time."""
    why = why_at_rest(known.definition, known.row.state)
    if why is None:
        return None
    remedy = "Open the link again when the case goes on, or decide on its page then."
    return replace(why, sentence=f"{why.sentence} Nothing was signed now.", remedy=remedy)


def _not_about(known: Known) -> Refusal | None:
    """Return why what the link is for can't be decided with it any more, None if it can."""
    claims, state = known.claims, known.row.state
    if not state.is_open(claims.step):
        sentence = "What this link was for is closed: it was decided, or its time is over."
        return dead("step-closed", sentence)
    if shown(known.definition, state, claims.step) != claims.shown:
        return changed()
    if known.instance != claims.instance:
        return dead("step-anew", "What this link was for has begun anew since it was sent.")
    person = signed_in()
    return why_no_link(
        known.definition, state, claims.step, claims.seat, person.id, person.roles, now()
    )


def _used_by(known: Known, nonce: str) -> bool:
    """Say whether the link was used by the form that is sent: a repeated one, by the looks of it.

    By itself that proves little: the form's nonce is the act's id, which every Member can read.
    """
    return bool(nonce) and known.stored is not None and known.stored.used_by == nonce


def _used_just_now(known: Known) -> bool:
    """Say whether the form may be sent again by a reload, and not by who found the mail later."""
    if known.stored is None or known.stored.used_at is None:
        return False
    until = stamp(parse(known.stored.used_at) + _AGAIN)
    return now() < min(until, known.claims.expires_at)


def _signed_in_too(known: Known, at: CaseAt) -> None:
    claims = known.claims
    spec = at.definition.seat(claims.step, claims.seat)
    if spec.link is True or (isinstance(spec.link, LinkWith) and current_person()):
        return
    refusal = dead("sign-in-too", "Here a link isn't enough: you have to sign in as well.")
    way = url_for("acting.sign", number=at.number, step=claims.step, seat=claims.seat)
    link = Link(label="Sign in", url=url_for("access.sign_in", next=way))
    raise Refused(refusal, 401, heading="Sign in to decide this.", links=(link,))


def _strange() -> Refused:
    sentence = "This address isn't one that we sent: it isn't complete, or was changed."
    remedy = "Open the link from the mail itself, or sign in to decide on the page of the case."
    refusal = Refusal("link-changed", f"{sentence} Nothing was signed.", remedy=remedy)
    way = Link(label="Sign in", url=url_for("access.sign_in"))
    return Refused(refusal, GONE, heading=HEADING, links=(way,))
