"""The web's one exception for "no": raised anywhere, answered in `web.errors` alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from definitions.refusals import Refusal
    from web.page_models import Form, Link, Row


class Refused(Exception):  # noqa: N818 - named after what happened
    """Something was refused; nothing was changed.

    Attributes:
        refusal: What was refused, by which section, and what the person can do.
        status: The HTTP status that says so to programs.
        heading: What the page says first.
        about: The case it was about, or None.
        typed: What the person had typed, to be shown again.
        links: Ways on from the page.
        retry_after: After how many seconds to try again; 0 where waiting doesn't help.
        form: What can be done about it with a button on the page, or None.
    """

    def __init__(
        self,
        refusal: Refusal,
        status: int = 409,
        *,
        heading: str = "",
        about: Link | None = None,
        typed: tuple[Row, ...] = (),
        links: tuple[Link, ...] = (),
        retry_after: int = 0,
    ) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal
        self.status = status
        self.heading = heading or "This was refused."
        self.about = about
        self.typed = typed
        self.links = links
        self.retry_after = retry_after
        self.form: Form | None = None

    def with_form(self, form: Form | None) -> Refused:
        """Return it with a button for what can be done about it."""
        self.form = form
        return self
