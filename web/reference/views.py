"""The policy's sections and the definitions' pages; the policy is public, like its text."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from web.permissions import ANYONE, SIGNED_IN, allow
from web.reference.pages import definition_page_of, policy_page, policy_start

blueprint = Blueprint("reference", __name__)


@blueprint.get("/policy")
@allow(ANYONE)
def policy() -> Response:
    """Lead to the policy's first section."""
    return redirect(url_for("reference.section", number=policy_start()), 303)


@blueprint.get("/policy/<number>")
@allow(ANYONE)
def section(number: str) -> str:
    """Show a section of the policy."""
    page = policy_page(number)
    return render_template(page.template, page=page)


@blueprint.get("/definitions")
@allow(SIGNED_IN)
def definitions() -> Response:
    """Lead to the list of what can be opened: each leads to its definition."""
    return redirect(url_for("opening.choose"), 303)


@blueprint.get("/definitions/<process>")
@allow(SIGNED_IN)
def definition(process: str) -> str:
    """Show a definition, in the version of today or the one that is asked for."""
    page = definition_page_of(process, request.args.get("version", ""))
    return render_template(page.template, page=page)
