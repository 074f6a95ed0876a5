"""The first page: what waits for whoever is signed in."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from web.inbox.pages import inbox_page
from web.permissions import ANYONE, SIGNED_IN, allow

blueprint = Blueprint("inbox", __name__)


@blueprint.get("/")
@allow(ANYONE)
def home() -> Response:
    """Lead to the inbox."""
    return redirect(url_for("inbox.inbox"), 303)


@blueprint.get("/inbox")
@allow(SIGNED_IN)
def inbox() -> str:
    """Show what waits, and the folded lists."""
    asked = request.args
    page = inbox_page(
        after=asked.get("after", ""),
        opened=asked.get("opened", ""),
        signed=asked.get("signed", ""),
    )
    return render_template(page.template, page=page)
