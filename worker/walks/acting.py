"""What people of a walk do: each act is a page that is read and a form on it that is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from definitions.rules.values import EXTERNAL
from worker.walks.cast import Cast
from worker.walks.forms import Form, Page
from worker.walks.model import EVERY, Add, Amend, Back, Look, Open, Say, Sign, Vote
from worker.walks.person import Answer, Someone
from worker.walks.ruling import Rulings

_WHOSE = "whose-"
"""How the fields begin that ask whose an author's address is."""


class Acting:
    """Does what people of a walk do."""

    def __init__(self, cast: Cast, process: str) -> None:
        """Take who is who, and which process the walk is about."""
        self._cast = cast
        self._process = process
        self._looked: dict[tuple[str, str], Page] = {}
        self._does: dict[str, Callable[[Any], Answer | Page]] = {
            "open": self._open,
            "sign": self._sign,
            "amend": self._amend,
            "comment": self._comment,
            "retract": self._retract,
            "decline": self._decline,
            "withdraw": self._withdraw,
            "vote": self._vote,
            "recuse": self._recuse,
            "add": self._add,
            "rule": Rulings(cast).make,
        }

    def do(self, name: str, details: Any) -> Answer | Page:
        """Do one thing; returns the answer, or the page to which it led instead."""
        return self._does[name](details)

    def look(self, wanted: Look) -> tuple[bool, str]:
        """Open a form and keep it, as a browser's tab does."""
        page = self._form_of(wanted)
        if isinstance(page, Answer):
            return False, page.sentence
        self._looked[wanted.by, wanted.step] = page
        return True, page.text

    def _open(self, wanted: Open) -> Answer | Page:
        someone = self._cast.someone(wanted.by)
        path = f"/open/{self._process}"
        page = someone.read(path)
        form = page.form(path) if isinstance(page, Page) else None
        fields = dict(wanted.fields)
        if form is not None:
            fields = {n: self._cast.chosen(form, n, value) for n, value in fields.items()}
        answer = self._checked(someone, _sent(someone, page, path, fields), wanted)
        if isinstance(answer, Answer) and answer.accepted:
            self._cast.open_in(answer.url.rsplit("/", 1)[-1])
        return answer

    def _checked(
        self, someone: Someone, page: Answer | Page, wanted: Open | Amend
    ) -> Answer | Page:
        """Go through “check your answers”, saying whose addresses are whose."""
        if not isinstance(page, Page):
            return page
        form = next((f for f in page.forms if "nonce" in f.values), None)
        return someone.send(form, self._declared(form.choices, wanted)) if form else page

    def _declared(self, choices: dict[str, list[str]], wanted: Open | Amend) -> dict[str, str]:
        """Answer what the page asks about addresses that match nobody."""
        asked = [name for name in choices if name.startswith(_WHOSE)]
        return dict.fromkeys(asked, EXTERNAL) if wanted.external else {}

    def _form_of(self, wanted: Look | Sign) -> Answer | Page:
        seat = f"/{wanted.seat}" if wanted.seat else ""
        path = self._cast.path(wanted.in_, f"/sign/{wanted.step}{seat}")
        return self._cast.someone(wanted.by).read(path)

    def _sign(self, wanted: Sign) -> Answer | Page:
        if wanted.seat is not None and wanted.seat.endswith(EVERY):
            return self._sign_every(wanted, wanted.seat.removesuffix(EVERY))
        return self._sign_one(wanted)

    def _sign_every(self, wanted: Sign, begins: str) -> Answer | Page:
        """Sign each thing on the list that nobody has; other walks may have left some there."""
        answer: Answer | Page = Answer(accepted=True, sentence="Nothing was left to be signed.")
        case = self._cast.state(wanted.in_)
        signed = {one.seat for one in case.steps[wanted.step].signatures}
        seat = begins.partition(":")[0]
        for item in case.items.get(wanted.step, ()):
            place = f"{seat}:{item.id}"
            if not place.startswith(begins) or place in signed:
                continue
            answer = self._sign_one(wanted.model_copy(update={"seat": place}))
            if not (isinstance(answer, Answer) and answer.accepted):
                break
        return answer

    def _sign_one(self, wanted: Sign) -> Answer | Page:
        page = self._looked.pop((wanted.by, wanted.step), None) or self._form_of(wanted)
        button = ("outcome", wanted.outcome)
        someone, rest = self._cast.someone(wanted.by), f"/sign/{wanted.step}"
        return _sent(someone, page, rest, self._chosen(page, rest, wanted.fields), button)

    def _amend(self, wanted: Amend) -> Answer | Page:
        someone = self._cast.someone(wanted.by)
        page = someone.fill(self._cast.path(wanted.in_, "/amend"), "/amend", wanted.fields)
        return self._checked(someone, page, wanted)

    def _comment(self, wanted: Say) -> Answer | Page:
        someone = self._cast.someone(wanted.by)
        return someone.fill(self._cast.path(wanted.in_), "/comment", {"comment": wanted.text})

    def _vote(self, wanted: Vote) -> Answer | Page:
        fields = {"conflict": wanted.conflict, "choice": wanted.choice, **wanted.fields}
        if wanted.from_mail:
            return self._vote_from_mail(wanted, fields)
        someone = self._cast.someone(wanted.by)
        rest = f"/vote/{wanted.step}"
        page = someone.read(self._cast.path(wanted.in_, rest))
        return _sent(someone, page, rest, self._chosen(page, rest, fields))

    def _chosen(self, page: Answer | Page, rest: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is typed into a form of the page, with people of the walk where it asks."""
        forms = page.forms if isinstance(page, Page) else []
        form = next((f for f in forms if rest in f.action), None)
        if form is None:
            return dict(fields)
        return {name: self._cast.chosen(form, name, value) for name, value in fields.items()}

    def _vote_from_mail(self, wanted: Vote, fields: dict[str, Any]) -> Answer | Page:
        """Vote by the link of the newest mail, in a browser that knows nobody."""
        address, case = self._cast.address(wanted.by), self._cast.case(wanted.in_)
        path = self._cast.site.link_in_mail(address, case)
        someone = Someone(self._cast.site.url)
        try:
            return _sent(someone, someone.read(path), path, fields)
        finally:
            someone.close()

    def _add(self, wanted: Add) -> Answer | Page:
        rest = f"/add/{wanted.step}"
        someone = self._cast.someone(wanted.by)
        return someone.fill(self._cast.path(wanted.in_, rest), rest, {"item": wanted.text})

    def _retract(self, wanted: Back) -> Answer | Page:
        return self._back(wanted, f"/retract/{wanted.step}")

    def _decline(self, wanted: Back) -> Answer | Page:
        return self._back(wanted, f"/decline/{wanted.step}/{wanted.seat}")

    def _withdraw(self, wanted: Back) -> Answer | Page:
        return self._back(wanted, "/withdraw")

    def _recuse(self, wanted: Back) -> Answer | Page:
        return self._back(wanted, f"/recuse/{wanted.step}")

    def _back(self, wanted: Back, rest: str) -> Answer | Page:
        fields = {"comment": wanted.text} if wanted.text else {}
        path = self._cast.path(wanted.in_, rest)
        return self._cast.someone(wanted.by).fill(path, rest, fields)


def _sent(
    someone: Someone,
    page: Answer | Page,
    action: str,
    fields: Any,
    button: tuple[str, str] | None = None,
) -> Answer | Page:
    """Send the form of a page that goes to an address with `action` in it."""
    if isinstance(page, Answer):
        return page
    form: Form | None = next((f for f in page.forms if action in f.action), None)
    if form is None:
        return Answer(accepted=False, sentence=f"No such form on the page: {page.text}")
    return someone.send(form, fields, button)
