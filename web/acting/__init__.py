"""Everything by which a person acts: open a case, sign, decline, take back, amend, comment.

Each form makes one signed act, which is kept before it is sent (`sending`); what it became
stands on its receipt. Whether somebody may do a thing is the policy's to say (`definitions`);
here it is only asked early.
"""

from web.acting import (
    amend_views,
    list_views,
    opening_views,
    receipt_views,
    rule_views,
    sign_views,
    small_views,
    vote_views,
)
from web.acting.blueprints import acting, opening, receipts
from web.acting.small_pages import comment_form

BLUEPRINTS = (acting, opening, receipts)

__all__ = [
    "BLUEPRINTS",
    "amend_views",
    "comment_form",
    "list_views",
    "opening_views",
    "receipt_views",
    "rule_views",
    "sign_views",
    "small_views",
    "vote_views",
]
