"""What is published: pages and feeds for anybody, without a session."""

from web.public.views import blueprint

__all__ = ["blueprint"]
