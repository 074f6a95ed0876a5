"""Every "no" and every fault is answered here: as a page, or as a problem (RFC 9457).

A page comes unless the client prefers JSON. What was refused leaves a line in the security log;
a fault of ours leaves its trace in the program's log under the number that the page shows, and
nothing of it on the page.
"""

from __future__ import annotations

import logging
import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Response, g, json, make_response, render_template, request, url_for
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from web.current import current_person
from web.frame import frame, home_url
from web.page_models import Link, MessagePage, RefusedPage, Section
from web.page_models import Refusal as ShownRefusal
from web.refused import Refused
from web.services import services, settings

if TYPE_CHECKING:
    from flask import Flask

    from definitions.refusals import Refusal

_log = logging.getLogger(__name__)
_PROBLEM = "application/problem+json"
_DRAINED_AT_MOST = 64 * 1024 * 1024
_PIECE = 256 * 1024
_AWAY_SECONDS = 30

_SENTENCES = {
    400: ("This request can't be read.", "The browser sent something that isn't in order."),
    404: ("There is no such page.", "The address may be mistyped, or what it showed is gone."),
    405: ("This can't be done here.", "The page exists, but not for this kind of request."),
    413: ("This is too large.", ""),
    415: ("This kind of file can't be read.", "Send it as the form asks."),
}


def handle_errors(app: Flask) -> None:
    """Answer all errors of the application."""
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _away)
    app.register_error_handler(Exception, _fault)


def refuse(refused: Refused) -> Response:
    """Answer a refusal, and leave a line in the security log; for views that don't raise it."""
    return _refused(refused)


def wants_json() -> bool:
    """Say whether the client prefers JSON to a page."""
    offered = ["text/html", _PROBLEM, "application/json"]
    return request.accept_mimetypes.best_match(offered, "text/html") != "text/html"


def shown(refusal: Refusal) -> ShownRefusal:
    """Return a refusal as pages show it."""
    return ShownRefusal(
        sentence=refusal.sentence,
        section=section(refusal.section) if refusal.section else None,
        remedy=refusal.remedy,
    )


def section(number: str) -> Section:
    """Return a section of the policy with its link."""
    return Section(number=number, url=f"/policy/{number}")


def log_refusal(code: str, **facts: str | int | None) -> None:
    """Leave a line in the security log about this request; ids only."""
    person = current_person() if code != "other-host" else None
    services().security_log.record(
        code,
        person=person.id if person else None,
        client=request.remote_addr,
        endpoint=request.endpoint,
        method=request.method,
        **facts,
    )


def log_access(what: str, person: str, **facts: str | int | None) -> None:
    """Leave a line in the security log about who came in or went; ids only."""
    services().security_log.record(what, person=person, client=request.remote_addr, **facts)


def _refused(refused: Refused) -> Response:
    refusal = refused.refusal
    log_refusal(refusal.code, status=refused.status, section=refusal.section)
    if wants_json():
        answer = _problem(refused.heading, refused.status, refusal)
    else:
        page = RefusedPage(
            frame=frame(),
            heading=refused.heading,
            refusal=shown(refusal),
            about=refused.about,
            typed=refused.typed,
            links=refused.links or _ways_on(),
            form=refused.form,
        )
        answer = make_response(render_template(page.template, page=page), refused.status)
    if refused.retry_after:
        answer.headers["Retry-After"] = str(refused.retry_after)
    return answer


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if isinstance(error, RequestEntityTooLarge):
        _drain()
    heading, why = _SENTENCES.get(status, (f"{HTTPStatus(status).phrase}.", ""))
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        megabytes = settings().max_upload_bytes / 1024 / 1024
        why = f"At most {megabytes:.3g} MB can be sent at once. Nothing was kept."
    answer = _message(heading, (why,) if why else (), status)
    for name, value in error.get_headers(request.environ):
        if name in {"Allow", "Retry-After"}:
            answer.headers[name] = value
    return answer


def _fault(error: Exception) -> Response:
    reference = secrets.token_hex(6)
    # The rule and not the path: a path may hold a token.
    _log.error("fault %s at %s %s", reference, request.method, request.url_rule, exc_info=error)
    sentences = (
        "It is our fault and not yours.",
        "What you did may not have been kept: look before you send it again.",
    )
    return _message("Something went wrong.", sentences, 500, reference)


def _away(error: OperationalError) -> Response:
    """Answer while the database is away or too busy; so nothing of the page may ask it."""
    g.setdefault("person", None)
    reference = secrets.token_hex(6)
    _log.error("no database %s at %s %s", reference, request.method, request.url_rule,
               exc_info=error)  # fmt: skip
    sentences = (
        "The records can't be reached just now; those who run this see why in its log.",
        "Try again in a minute. What you sent may not have been kept: look, then send it again.",
    )
    answer = _message("This can't be done just now.", sentences, 503, reference)
    answer.headers["Retry-After"] = str(_AWAY_SECONDS)
    return answer


def _message(
    heading: str, sentences: tuple[str, ...], status: int, reference: str = ""
) -> Response:
    if wants_json():
        return _problem(heading, status, detail=" ".join(sentences), reference=reference)
    page = MessagePage(
        frame=frame(),
        heading=heading,
        sentences=sentences,
        links=_ways_on(),
        reference=reference,
        tone="bad" if reference else "quiet",
    )
    return make_response(render_template(page.template, page=page), status)


def _problem(
    title: str,
    status: int,
    refusal: Refusal | None = None,
    *,
    detail: str = "",
    reference: str = "",
) -> Response:
    body: dict[str, str | int | None] = {"type": "about:blank", "title": title, "status": status}
    if refusal is not None:
        body |= {
            "detail": refusal.sentence,
            "section": refusal.section,
            "remedy": refusal.remedy,
            "code": refusal.code,
        }
    else:
        body |= {"detail": detail} | ({"reference": reference} if reference else {})
    return Response(json.dumps(body), status, mimetype=_PROBLEM)


def _ways_on() -> tuple[Link, ...]:
    if current_person() is None:
        return (Link(label="Sign in", url=url_for("access.sign_in")),)
    return (Link(label="Go to the first page", url=home_url()),)


def _drain() -> None:
    """Read what is still being sent, up to a limit: who is cut off while sending sees no answer."""
    stream, left = request.environ["wsgi.input"], _DRAINED_AT_MOST
    length = min(request.content_length or 0, left)
    while length > 0:
        piece = stream.read(min(_PIECE, length))
        if not piece:
            return
        length -= len(piece)
