"""The outbox: the mails that the application wrote to the reader."""

from web.outbox.views import blueprint

__all__ = ["blueprint"]
