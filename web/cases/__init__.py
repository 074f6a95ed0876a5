"""Cases, to be read: the page, the record as it is kept, and the files."""

from web.cases.views import blueprint

__all__ = ["blueprint"]
