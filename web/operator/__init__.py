"""The operator's page: what is stopped or late; never what a case is about."""

from web.operator.views import blueprint

__all__ = ["blueprint"]
