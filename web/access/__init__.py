"""Signing in and out: by a single-use link, or by address and password."""

from web.access.views import blueprint

__all__ = ["blueprint"]
