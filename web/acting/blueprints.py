"""The blueprints of acting: what one does in a case, opening one, and receipts.

They stand apart from their views, so that each file of views can hang its routes onto them.
"""

from flask import Blueprint

acting = Blueprint("acting", __name__)
opening = Blueprint("opening", __name__)
receipts = Blueprint("receipts", __name__)
