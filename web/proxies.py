"""Notices a proxy that nobody has declared: behind it all visitors would be one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import current_app, request

from web.services import services

if TYPE_CHECKING:
    from flask import Flask

_HEADERS: Final = ("X-Forwarded-For", "Forwarded", "X-Real-IP")
_NOTICED: Final = "countersign-proxy-noticed"


def notice_undeclared(app: Flask) -> None:
    """Say once in the log, and in the security log, that requests come through a proxy.

    Whoever asks could send such a header too, so that is all that is done about it.
    """
    app.before_request(_notice)


def _notice() -> None:
    if _NOTICED in current_app.extensions or not any(name in request.headers for name in _HEADERS):
        return
    current_app.extensions[_NOTICED] = True
    services().security_log.record("proxy-undeclared")
    current_app.logger.warning(
        "Requests say that they come through a proxy, and web.trusted_proxies is 0: as long as it "
        "is, all visitors count as one where tries are limited. Set it to how many proxies stand "
        "in front."
    )
