"""The Arbitrator's desk: what waits for them, and the cases on which they may rule."""

from web.arbitrating.views import blueprint

__all__ = ["blueprint"]
