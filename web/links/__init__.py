"""Signed links of mails: what one shows, and deciding from it without a session."""

from web.links.views import blueprint

__all__ = ["blueprint"]
