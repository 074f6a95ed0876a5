"""Signed links of mails: for one person, one step, one version of what is shown; used once.

A link is a JWS (RFC 7515, compact; Ed25519 by RFC 9864) that only the mail activity makes. Of its
id only the SHA-256 is kept, so whoever reads the database can't open anything. That the
signature holds says who made it; whether it is still good, the database says. It names the entry
of the mail that it came with, so that the record tells of each link to whom it was given.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, insert, select, update

from definitions.clock import parse, stamp
from definitions.refusals import Refusal
from store.access.link_tokens import LinkClaims, sign_claims
from store.access.seals import checks, notice, sealed
from store.access.tokens import new_token, token_hash
from store.directory import person_by_address
from store.mail import entry_of
from store.tables.delivery import case_links

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from definitions.acts import Act
    from store.mail import Mail
    from store.signatures import SigningKey

LIFETIME: Final = timedelta(days=14)
"""A link that no step's end has ended is dead after this."""
NEWER: Final = "newer"
NOT_ME: Final = "not-me"
UNSENT: Final = "unsent"
RESTORED: Final = "restored"
"""Why links are revoked; a restore does, since it may have forgotten what they were used for."""


@dataclass(frozen=True)
class StoredLink:
    """What became of a link: by which act and when it was used, when and why it was revoked."""

    claims: LinkClaims
    used_at: str | None
    used_by: str | None
    revoked_at: str | None
    revoked_why: str | None


@dataclass(frozen=True)
class MintedLink:
    """A link that was just made: its token, and SHA-256 of its id."""

    token: str
    id: str


def mint(
    connection: Connection, key: SigningKey, mail: Mail, *, audience: str, at: str
) -> MintedLink | None:
    """Make the link of a mail; None if the mail has none.

    Called anew for each attempt to deliver, since nothing but the mail holds the token. A mail
    that was held up until a later one had gone out gets none: it would end the later one's. Nor
    does one that goes to an address that isn't its person's: somebody put that there by hand.

    Args:
        connection: a writing one.
        audience: the address under which the pages are served.
        at: now, as a stamp.
    """
    if mail.link is None or mail.person is None:
        return None
    about: dict[str, str] = json.loads(mail.link)
    place = {"person": mail.person, "case": mail.case, "step": about["step"]}
    beside = [case_links.c[name] == value for name, value in place.items()]
    keys = connection.scalars(select(case_links.c.mail_key).where(*beside))
    if any(_place(one) > _place(mail.key) for one in keys):
        return None
    if person_by_address(connection, mail.to_address) != mail.person:
        notice(connection, "outbox", mail.key, mail.person)
        return None
    id_, until = new_token(), stamp(parse(at) + LIFETIME)
    issued = _after_others(connection, beside, at)
    row = {**place, **{name: about[name] for name in ("instance", "seat", "shown")}}
    row |= {"token_hash": token_hash(id_), "mail_key": mail.key, "issued_at": issued}
    row = sealed(connection, case_links, row | {"expires_at": until})
    connection.execute(insert(case_links).values(row))
    about |= {"case": mail.case, "mail": entry_of(mail.key), "sub": mail.person}
    token = sign_claims({**about, "aud": audience, "jti": id_, "iat": at, "exp": until}, key)
    return MintedLink(token, token_hash(id_))


def supersede(connection: Connection, id_: str, at: str) -> None:
    """Let a link whose mail has gone out end those of its person for its step that are older.

    Not before: while a mail server is away, the link that somebody has stays good. A delivery that
    ends late, after that of a newer link, ends nothing: its own link is revoked already.
    """
    links = case_links.c
    this = select(case_links).where(links.token_hash == id_, links.revoked_at.is_(None)).subquery()
    place = [links[name] == this.c[name] for name in ("person", "case", "step")]
    older = select(this.c.token_hash).where(*place, links.issued_at < this.c.issued_at).exists()
    _revoke(connection, at, NEWER, older)


def forget_unsent(connection: Connection, id_: str, at: str) -> None:
    """Revoke a link whose mail will never go out."""
    _revoke(connection, at, UNSENT, case_links.c.token_hash == id_)


def find(connection: Connection, id_: str) -> StoredLink | None:
    """Return what is stored of a link, by the SHA-256 of its id; None if we stored none such."""
    links = case_links.c
    row = connection.execute(select(case_links).where(links.token_hash == id_)).one_or_none()
    if row is None or not checks(connection, case_links, row._asdict()):
        return None
    claims = LinkClaims(
        person=row.person,
        case=row.case,
        step=row.step,
        instance=row.instance,
        seat=row.seat,
        shown=row.shown,
        mail=entry_of(row.mail_key),
        id=row.token_hash,
        expires_at=row.expires_at,
    )
    return StoredLink(claims, row.used_at, row.used_by, row.revoked_at, row.revoked_why)


def why_dead(link: StoredLink | None, now: str) -> Refusal | None:
    """Return why a link is no longer good by itself; None if it is. What it is about may differ.

    Args:
        link: what is stored of it; None if we made it and know it no more.
        now: the time, as a stamp.
    """
    if link is None or link.revoked_why == RESTORED:
        return dead(
            "link-forgotten",
            "This link is from before the records were put back from a copy, and can't be used.",
        )
    if link.used_at is not None:
        return dead("used", "This link was used already: what was signed with it is recorded.")
    if link.revoked_why == NEWER:
        return dead("newer-link", "A newer link was sent to you for this; only that one counts.")
    if link.revoked_why == UNSENT:
        return dead("unsent", "The mail server said that it didn't take the mail with this link.")
    if link.revoked_at is not None:
        return dead("not-me", "This link was given back as not meant for whoever opened it.")
    if link.claims.expires_at <= now:
        days = LIFETIME.days
        return dead("link-expired", f"This link is too old: it was good for {days} days.")
    return None


def give_back(connection: Connection, id_: str, at: str) -> bool:
    """Revoke a link that came to somebody else; say whether it was still to be revoked."""
    return _revoke(connection, at, NOT_ME, case_links.c.token_hash == id_)


def revoke_all(connection: Connection, at: str) -> int:
    """Revoke every link that wasn't used, after a restore; return how many."""
    unused = case_links.c.used_at.is_(None), case_links.c.revoked_at.is_(None)
    revoked = update(case_links).where(*unused).values(revoked_at=at, revoked_why=RESTORED)
    return connection.execute(revoked).rowcount


def note_used(connection: Connection, act: Act, at: str) -> bool:
    """Note that an act has used its link, if it has; say whether there was one, still unused."""
    links = case_links.c
    noted = connection.execute(
        update(case_links)
        .where(links.token_hash == act.auth.get("link"), links.used_at.is_(None))
        .values(used_at=at, used_by=act.id)
    )
    return noted.rowcount == 1


def changed() -> Refusal:
    """Return the refusal of a link whose papers aren't those of its mail any more."""
    return dead("papers-changed", "What is to be decided has changed since this link was sent.")


def dead(code: str, sentence: str, section: str | None = None) -> Refusal:
    """Return the refusal of a link that can't be used."""
    remedy = "Sign in to decide on the page of the case."
    return Refusal(code, f"{sentence} Nothing was signed now.", section, remedy)


def _after_others(connection: Connection, beside: list[ColumnElement[bool]], at: str) -> str:
    """Return `at`, or a moment after the last link of the same place: one of two is the newer."""
    last = connection.scalar(select(func.max(case_links.c.issued_at)).where(*beside))
    if last is None or last < at:
        return at
    return stamp(parse(str(last)) + timedelta(milliseconds=1))


def _revoke(connection: Connection, at: str, why: str, *which: ColumnElement[bool]) -> bool:
    unused = case_links.c.used_at.is_(None), case_links.c.revoked_at.is_(None)
    revoked = update(case_links).where(*which, *unused).values(revoked_at=at, revoked_why=why)
    return bool(connection.execute(revoked).rowcount)


def _place(mail_key: str) -> int:
    """Return the number of the entry that caused a mail; a case's id holds no colon."""
    return int(mail_key.split(":")[1])
