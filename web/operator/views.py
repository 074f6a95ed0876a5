"""What is stopped and why, and how old the oldest open things are."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from definitions.clock import parse, stamp
from store.access.forged import forged
from store.delivery import all_bounces
from store.queries.operating import (
    mended_cases,
    oldest,
    operations,
    stopped_cases,
    unsent_mail,
    unsettled_acts,
)
from store.staffing import unfillable
from web.frame import frame
from web.operator.scheduling import (
    missed_troubles,
    posted_pause,
    schedule_lines,
    waiting_troubles,
)
from web.page_models import Link, OperationsPage, OperatorPage, Problem
from web.permissions import allow, roles
from web.presenters.desk import (
    SENT_WITHIN,
    bounce_troubles,
    gauges,
    operator_sentence,
    stopped_troubles,
    unfillable_troubles,
    unsent_troubles,
    unsettled_troubles,
)
from web.presenters.forged import forged_troubles
from web.presenters.mended import mended_news
from web.presenters.operations import operation_lines
from web.reading import definitions, reader
from web.services import now, services
from web.words import OPERATOR, admitting_member

blueprint = Blueprint("operator", __name__)

_SETTLES_WITHIN = timedelta(minutes=1)
_NEWS = timedelta(days=7)
_SHOWN = 50
_LONG = 16
"""No number of an entry has so many digits."""


@blueprint.get("/operator")
@allow(roles(OPERATOR))
def operator() -> str:
    """Show what needs the operator."""
    page = _page()
    return render_template(page.template, page=page)


@blueprint.post("/operator/schedules")
@allow(roles(OPERATOR))
def schedules() -> Response:
    """Pause a schedule, or let it go on."""
    problems = posted_pause()
    if not problems:
        return redirect(url_for("operator.operator", _anchor="schedules"), 303)
    page = _page(problems)
    return make_response(render_template(page.template, page=page), 422)


@blueprint.get("/operator/acts")
@allow(roles(OPERATOR, admitting_member()))
def acts() -> str:
    """Show what operators did: to themselves, and to the body that admits people."""
    before = request.args.get("before", "")
    number = (
        int(before) if before.isascii() and before.isdecimal() and len(before) < _LONG else None
    )
    with services().database.reading() as connection:
        found = operations(connection, number, _SHOWN + 1)
        lines = operation_lines(reader(connection), found[:_SHOWN])
    earlier = None
    if len(found) > _SHOWN:
        url = url_for("operator.acts", before=found[_SHOWN - 1].seq)
        earlier = Link(label="Earlier ones", url=url)
    page = OperationsPage(frame=frame(), lines=lines, earlier=earlier)
    return render_template(page.template, page=page)


def _page(problems: tuple[Problem, ...] = ()) -> OperatorPage:
    at = parse(now())
    with services().database.reading() as connection:
        who = reader(connection)
        stopped = stopped_cases(connection)
        mended = mended_cases(connection, stamp(at - _NEWS))
        unsettled = unsettled_acts(connection, stamp(at - _SETTLES_WITHIN))
        unsent = unsent_mail(connection, stamp(at - SENT_WITHIN))
        bounces = all_bounces(connection)
        lacking = unfillable(connection)
        strange = forged(connection, now())
        ages = oldest(connection)
        scheduled = schedule_lines(connection)
        untaken = (*missed_troubles(connection, who), *waiting_troubles(connection, who))
        known = definitions(connection, {one.version for one in stopped})
    return OperatorPage(
        frame=frame(),
        sentence=operator_sentence(len(stopped)),
        gauges=gauges(who, ages),
        stopped=stopped_troubles(who, stopped, known),
        mended=mended_news(who, mended),
        unsettled=unsettled_troubles(who, unsettled),
        unsent=unsent_troubles(who, unsent),
        bounces=bounce_troubles(who, bounces),
        forged=forged_troubles(who, strange),
        unfillable=unfillable_troubles(who, lacking),
        schedules=untaken,
        scheduled=scheduled,
        pausing=problems,
    )
