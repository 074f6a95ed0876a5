"""People: who holds which role since when."""

from web.people.views import blueprint

__all__ = ["blueprint"]
