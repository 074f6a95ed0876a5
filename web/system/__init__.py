"""What machines ask for: whether all is well, and the static files."""

from web.system.views import blueprint

__all__ = ["blueprint"]
