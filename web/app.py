"""Makes the Flask application: settings and services in, blueprints registered, rules held."""

from __future__ import annotations

from types import TracebackType
from typing import TypeAlias

from flask import Flask, request
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from web import (
    access,
    account,
    acting,
    arbitrating,
    cases,
    csrf,
    errors,
    headers,
    inbox,
    links,
    operator,
    outbox,
    people,
    permissions,
    public,
    reference,
    single_use,
    system,
)
from web.assets import install_assets
from web.proxies import notice_undeclared
from web.services import Services, install
from web.settings import WebSettings

BLUEPRINTS = (
    access.blueprint,
    account.blueprint,
    inbox.blueprint,
    links.blueprint,
    cases.blueprint,
    *acting.BLUEPRINTS,
    reference.blueprint,
    public.blueprint,
    people.blueprint,
    arbitrating.blueprint,
    outbox.blueprint,
    operator.blueprint,
    system.blueprint,
)
"""One for each concern; a new one is added here."""

_ExcInfo: TypeAlias = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)
_ROOM_FOR_FIELDS = 64 * 1024
_MOST_FIELDS = 500


class _App(Flask):
    """Says in the log at which route something failed, and never at which address."""

    def log_exception(self, exc_info: _ExcInfo) -> None:
        """Log what not even the page for faults could be made of."""
        self.logger.error("fault at %s %s", request.method, request.url_rule, exc_info=exc_info)


def create_app(settings: WebSettings, services: Services) -> Flask:
    """Make the application.

    Args:
        settings: What it needs to be told.
        services: What it works with.

    Returns:
        The application; it has opened nothing and asked nobody.

    Raises:
        UndeclaredRouteError: A route doesn't say who may ask for it.
    """
    app = _App("web", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = (
        settings.max_upload_bytes + settings.max_form_bytes + _ROOM_FOR_FIELDS
    )
    app.config["MAX_FORM_MEMORY_SIZE"] = settings.max_form_bytes
    app.config["MAX_FORM_PARTS"] = _MOST_FIELDS
    app.jinja_env.undefined = StrictUndefined
    install(app, settings, services)
    install_assets(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    # In this order: is it for us, may they ask, did they send it from a page of ours.
    single_use.hold(app)
    headers.add_headers(app)
    permissions.hold(app)
    csrf.protect(app)
    errors.handle_errors(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        proxy = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)
        app.wsgi_app = proxy  # type: ignore[method-assign]
    else:
        notice_undeclared(app)
    return app
