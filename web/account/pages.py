"""One's own page and the page for a password, filled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for

from definitions.clock import parse
from definitions.rules.seeing import MEMBER
from store.access.forged import forged
from store.access.people import roles_since
from store.access.sessions import SessionLine as StoredSession
from store.access.sessions import sessions_of
from store.delivery import Bounce, bounces_of, takes_digest
from store.directory import person as person_of
from web.access.signing_in import LINK
from web.account.absences import absence_lines, away_form
from web.frame import frame, home_url
from web.page_models import (
    Button,
    Choice,
    Form,
    FormField,
    Link,
    Problem,
    RoleLine,
    SetPasswordPage,
)
from web.page_models.account import MyPage, SessionLine
from web.presenters.forged import forged_sentences
from web.services import now, services, settings
from web.words import moment, role_title

if TYPE_CHECKING:
    from web.current import Person

DAILY = "daily"
"""What the form posts for one mail a day."""


def my_page(person: Person, away_problems: tuple[Problem, ...] = ()) -> MyPage:
    """Return one's own page.

    Args:
        person: Whose.
        away_problems: What was wrong with an absence that was sent.
    """
    with services().database.reading() as connection:
        known = person_of(connection, person.id, now())
        held = roles_since(connection, person.id, now())
        daily = takes_digest(connection, person.id)
        bounces = bounces_of(connection, known.addresses if known else ())
        idle = settings().session_idle_minutes
        sessions = sessions_of(connection, person.id, now(), idle)
        absences = absence_lines(connection, person.id)
        strange = forged(connection, now(), person.id)
    label = "Change your password" if person.has_password else "Choose a password"
    return MyPage(
        frame=frame(),
        name=person.name,
        roles=tuple(
            RoleLine(role=role_title(one.role), since=moment(one.since), by=_by(one.authority))
            for one in held
        ),
        addresses=known.addresses if known else (),
        sessions=tuple(_session(one, person) for one in sessions),
        everywhere=Form(
            action=url_for("access.sign_out_everywhere"),
            buttons=(Button(label="Sign out everywhere", tone="quiet"),),
        ),
        mail=_mail_form(daily=daily),
        bounces=tuple(_bounce(one) for one in bounces),
        forged=forged_sentences(strange),
        away=away_form(away_problems) if person.roles else None,
        absences=absences,
        links=_ways(person, label),
    )


def _by(authority: str) -> str:
    kind = "motion " if authority.startswith("m") else ""
    return f"{kind}{authority}" if authority else "the first directory"


def _ways(person: Person, label: str) -> tuple[Link, ...]:
    """Return the ways on; who may see people's pages has one of their own."""
    password = Link(label=label, url=url_for("account.password"))
    if MEMBER not in person.roles:
        return (password,)
    own = Link(label="Your roles and lists, and how you got them", url=f"/people/{person.id}")
    return (own, password)


def _mail_form(*, daily: bool) -> Form:
    """Return the form for the choice between single mails and one a day."""
    choices = (
        Choice(value="single", label="Each mail by itself", chosen=not daily),
        Choice(
            value=DAILY,
            label="One mail a day",
            hint="A mail with a link that signs for you comes by itself all the same.",
            chosen=daily,
        ),
    )
    return Form(
        action=url_for("account.choose_mail"),
        fields=(FormField(name="mail", kind="choice", label="Mail to you", choices=choices),),
        buttons=(Button(label="Keep this choice", tone="quiet"),),
    )


def _bounce(bounce: Bounce) -> str:
    at = parse(bounce.since)
    since = f"{at.day} {at:%B %Y}"
    return (
        f"Mail to {bounce.address} hasn't been taken since {since}: {bounce.reason}. "
        "Have the address mended; your outbox page shows what didn't reach you."
    )


def password_page(
    person: Person, *, ask_current: bool, problems: tuple[Problem, ...] = ()
) -> SetPasswordPage:
    """Return the page on which a password is chosen.

    Args:
        person: Whose.
        ask_current: Whether the password that holds now is asked for.
        problems: What was wrong with what was typed.
    """
    errors = {problem.field: problem.sentence for problem in problems}
    asked = [
        ("current", "Your password now", "current-password"),
        ("password", "New password", "new-password"),
        ("again", "Once more", "new-password"),
    ]
    fields = tuple(
        FormField(
            name=name,
            kind="password",
            label=label,
            autocomplete=autocomplete,
            error=errors.get(name, ""),
        )
        for name, label, autocomplete in asked
        if ask_current or name != "current"
    )
    form = Form(
        action=url_for("account.password"),
        fields=fields,
        buttons=(Button(label="Set the password"),),
        problems=problems,
        cancel=_way_past(person),
    )
    return SetPasswordPage(
        frame=frame(),
        name=person.name,
        first=not person.has_password and person.auth.get("kind") == LINK,
        form=form,
        rules=(
            f"At least {settings().password_min_length} characters; a sentence is easiest.",
            "Neither your name nor one of your addresses in it.",
        ),
    )


def _way_past(person: Person) -> Link | None:
    if person.has_password:
        return Link(label="Cancel", url=url_for("account.me"))
    return None if settings().password_required else Link(label="Not now", url=home_url())


def _session(stored: StoredSession, person: Person) -> SessionLine:
    by_link = stored.auth.get("kind") == LINK
    return SessionLine(
        how="With a sign-in link" if by_link else "With a password",
        begun=moment(stored.created_at),
        seen=moment(stored.seen_at),
        this=stored.session == person.session,
    )
