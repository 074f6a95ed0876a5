"""Whether all is well, and the static files."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, abort, jsonify, make_response
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from store.tables import streams
from web.assets import find_asset
from web.permissions import ANYONE, allow
from web.services import services

blueprint = Blueprint("system", __name__)
_log = logging.getLogger(__name__)
_FOR_GOOD = "public, max-age=31536000, immutable"


@blueprint.get("/health")
@allow(ANYONE)
def health() -> Response:
    """Say whether the web answers and can read the database; 503 if it can't."""
    try:
        with services().database.reading() as connection:
            connection.execute(select(streams.c.stream).limit(1)).all()
    except SQLAlchemyError:
        _log.exception("the database can't be read")
        return make_response(jsonify(ok=False), 503)
    return jsonify(ok=True)


@blueprint.get("/static/<digest>/<path:name>")
@allow(ANYONE)
def static(digest: str, name: str) -> Response:
    """Send a static file, which browsers keep for good: another content has another address."""
    asset = find_asset(digest, name)
    if asset is None:
        abort(404)
    response = Response(asset.content, content_type=asset.media_type)
    response.headers["Cache-Control"] = _FOR_GOOD
    return response
