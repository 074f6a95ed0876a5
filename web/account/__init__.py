"""One's own page, and one's password."""

from web.account.views import blueprint

__all__ = ["blueprint"]
