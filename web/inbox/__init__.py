"""The inbox: what waits for the reader, what they opened, what they signed."""

from web.inbox.views import blueprint

__all__ = ["blueprint"]
