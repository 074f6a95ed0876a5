"""To look things up: the policy by section, and the definitions."""

from web.reference.views import blueprint

__all__ = ["blueprint"]
