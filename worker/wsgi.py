"""The web's application with everything that it works with, for the process that serves it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from web.app import create_app
from web.services import Services
from worker.failpoints import FailpointGateway, Failpoints
from worker.gateway import make_gateway
from worker.heap import keep_for_good
from worker.keys import load_keys
from worker.lock import wait_until_changed
from worker.logs import log_to_stderr
from worker.rooms import make_clock, make_library, open_database, security_log, web_settings
from worker.settings import load_settings

if TYPE_CHECKING:
    from flask import Flask

    from web.gateway import CaseGateway


def build() -> Flask:
    """Return the application, with everything that it works with; in the process that serves it.

    Raises:
        WorkerError: settings or keys can't be used.
        definitions.errors.DefinitionsError: a definition is not in order.
    """
    log_to_stderr(logging.WARNING)
    settings = load_settings(None)
    wait_until_changed(settings)
    keys = load_keys(settings.keys_folder)
    clock = make_clock(settings)
    gateway = make_gateway(settings, keys)
    cases: CaseGateway = gateway
    if settings.worker.failpoints:
        cases = FailpointGateway(cases, Failpoints(settings.run_folder))
    services = Services(
        database=open_database(settings),
        library=make_library(settings),
        clock=clock,
        signing_key=keys.web_signing,
        cases=cases,
        security_log=security_log(settings, clock, "web"),
        look=gateway.look,
        link_key=keys.link_signing.public(),
    )
    app = create_app(web_settings(settings, keys), services)
    keep_for_good()
    return app
