"""Cases as PDF documents: read from the store, composed, and drawn. Knows no request."""

from web.documents.pdf import to_pdf
from web.documents.reading import case_document, least_reader

__all__ = ["case_document", "least_reader", "to_pdf"]
