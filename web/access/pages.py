"""The pages around signing in, filled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for

from definitions.clock import parse
from web.frame import frame
from web.page_models import (
    Button,
    Form,
    FormField,
    Hidden,
    Link,
    Problem,
    Refusal,
    SignInLinkPage,
    SignInPage,
)
from web.services import now
from web.words import moment, span

if TYPE_CHECKING:
    from store.access.links import SignInLink

WRONG = "This address and this password don't belong together, or no password was chosen yet."


def sign_in_page(
    *, address: str = "", then: str = "", problem: str = "", intro: str = ""
) -> SignInPage:
    """Return the page to sign in with a password, with what was typed but the password."""
    fields = (
        FormField(
            name="address",
            kind="email",
            label="Mail address",
            value=address,
            autocomplete="username",
        ),
        FormField(
            name="password", kind="password", label="Password", autocomplete="current-password"
        ),
    )
    form = Form(
        action=url_for("access.sign_in"),
        fields=fields,
        buttons=(Button(label="Sign in"),),
        hidden=(Hidden(name="next", value=then),) if then else (),
        problems=(Problem(sentence=problem),) if problem else (),
    )
    return SignInPage(
        frame=frame(), form=form, intro=intro or ("Sign in to go on." if then else "")
    )


def link_page(token: str, link: SignInLink) -> SignInLinkPage:
    """Return the page of a link that is good: for whom it is, and the button that spends it."""
    form = Form(
        action=url_for("access.link", token=token),
        buttons=(Button(label=f"Sign in as {link.name}"),),
    )
    left = span(parse(link.expires_at) - parse(now()))
    until = moment(link.expires_at, f"within {left}")
    return SignInLinkPage(frame=frame(), form=form, for_whom=link.name, until=until)


def spent_link_page() -> SignInLinkPage:
    """Return the page of a link that isn't good, whatever the reason."""
    refusal = Refusal(
        sentence="It was used already, it is too old, or its address isn't complete.",
        remedy="Sign in with your password, or ask your administrator for a new link.",
    )
    way = Link(label="Sign in with a password", url=url_for("access.sign_in"))
    return SignInLinkPage(frame=frame(), form=None, spent=refusal, sign_in=way)
