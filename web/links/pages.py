"""What is shown to whoever opens a mail's link: for whom it is, what is to be decided, no more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flask import abort, url_for

from definitions.clock import exactly
from definitions.model import LinkWith
from web.acting.showing import covered_papers
from web.acting.sign_page import Decision, sign_page
from web.acting.vote_pages import Cast, vote_page
from web.cases.files import file_answer
from web.frame import frame
from web.links.opening import Opened
from web.page_models import (
    ActPage,
    Button,
    Form,
    Link,
    MessagePage,
    Paper,
    Papers,
    Row,
    SignPage,
)

if TYPE_CHECKING:
    from flask import Response


def is_vote(opened: Opened) -> bool:
    """Say whether a body votes on what the link is for."""
    return opened.at.definition.step(opened.claims.step).vote is not None


def link_page(opened: Opened, token: str, typed: Cast | Decision) -> ActPage | SignPage:
    """Return the page on which the person decides."""
    at, step = opened.at, opened.claims.step
    action = url_for("links.decide", token=token)
    if isinstance(typed, Cast):
        vote = vote_page(at, step, typed)
        return replace(
            vote,
            first=_for_whom(opened),
            asked=tuple(_row(row, token) for row in vote.asked),
            form=replace(vote.form, action=action, cancel=None),
            also=_not_me(token),
        )
    page = sign_page(at, step, opened.claims.seat, typed)
    seat = at.definition.seat(step, opened.claims.seat)
    return replace(
        page,
        capacity=" ".join((*_for_whom(opened), page.capacity)),
        papers=_papers(page.papers, token) if page.papers else None,
        form=replace(page.form, action=action, cancel=None),
        also=_not_me(token),
        # Where one is signed in, as one must be there, the way to decline is open.
        decline=page.decline if isinstance(seat.link, LinkWith) else None,
        others=(),
    )


def paper_of(opened: Opened, sha256: str) -> Response:
    """Return one of the papers that are decided on.

    Raises:
        werkzeug.exceptions.NotFound: it isn't one of them.
    """
    covered = covered_papers(opened.at, opened.claims.step)
    if sha256 not in {paper.digest for paper in (covered.papers if covered else ())}:
        abort(404)
    return file_answer(opened.at.number, sha256)


def asked_page() -> MessagePage:
    """Return that a new link is on its way; not to which address, and never the link."""
    return MessagePage(
        frame=frame(),
        heading="A new link is on its way.",
        sentences=(
            "It goes by mail to the person whose this link was, and to nobody else.",
            "It should be there within minutes; look also where unwanted mail goes.",
            "Links that were sent before can't be used any more then.",
        ),
        links=(_sign_in(),),
    )


def given_back_page() -> MessagePage:
    """Return that a link was given back."""
    return MessagePage(
        frame=frame(),
        heading="This link is dead now.",
        sentences=(
            "Thank you. Nothing was signed, and nobody can use the link any more.",
            "If the mail came to you by mistake, please delete it.",
        ),
        links=(_sign_in(),),
    )


def _for_whom(opened: Opened) -> tuple[str, ...]:
    step = opened.at.state.steps[opened.claims.step]
    until = min(opened.claims.expires_at, step.due or opened.claims.expires_at)
    name = opened.at.person.name
    return (
        f"This link is for {name} alone, and signs once.",
        f"It can be used until {exactly(until)}.",
    )


def _row(row: Row, token: str) -> Row:
    return replace(row, value=_papers(row.value, token)) if isinstance(row.value, Papers) else row


def _papers(papers: Papers, token: str) -> Papers:
    return replace(papers, papers=tuple(_paper(one, token) for one in papers.papers))


def _paper(paper: Paper, token: str) -> Paper:
    """Return a paper at an address that asks for no sign-in: the link stands for it."""
    return replace(paper, url=url_for("links.paper", token=token, sha256=paper.digest))


def _not_me(token: str) -> Form:
    button = Button(label="This isn't for me", tone="quiet")
    return Form(action=url_for("links.not_me", token=token), buttons=(button,))


def _sign_in() -> Link:
    return Link(label="Sign in", url=url_for("access.sign_in"))
