"""Plays a walk: one step after the other, each with what it did and whether that was right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from definitions.canonical import Json
from definitions.model import duration
from definitions.rules.values import EXTERNAL
from worker.errors import CommandRefused, WorkerError
from worker.walks.forms import Page
from worker.walks.model import (
    Amend,
    Back,
    Expect,
    Look,
    Open,
    Refused,
    Say,
    Sign,
    Walk,
)
from worker.walks.person import Answer, Someone
from worker.walks.site import Site, eventually

_TOLD_CHARACTERS = 400
_WHOSE = "whose-"
"""How the fields begin that ask whose an author's address is."""


@dataclass(frozen=True)
class Played:
    """A step that was played: what, whether it went as the walk says, and what was seen."""

    do: str
    ok: bool
    detail: str

    def to_json(self) -> dict[str, Json]:
        """Return it as JSON."""
        return {"do": self.do, "ok": self.ok, "detail": self.detail}


class Player:
    """Plays one walk on a site; people sign in when they first act."""

    def __init__(self, site: Site, walk: Walk) -> None:
        """Take the walk; nothing happens yet."""
        self._site = site
        self._walk = walk
        self._people: dict[str, Someone] = {}
        self._number = ""
        self._case = ""
        self._looked: dict[tuple[str, str], Page] = {}
        self._does: dict[str, Callable[[Any], Answer | Page]] = {
            "open": self._open,
            "sign": self._sign,
            "amend": self._amend,
            "comment": self._comment,
            "retract": self._retract,
            "decline": self._decline,
            "withdraw": self._withdraw,
        }

    def play(self) -> Iterator[Played]:
        """Play the story; stops after the first step that goes wrong."""
        try:
            for step in self._walk.story:
                name, details = step.named()
                do = _told(name, details)
                try:
                    ok, detail = self._step(name, details)
                except WorkerError as error:
                    ok, detail = False, str(error)
                yield Played(do, ok, detail[:_TOLD_CHARACTERS])
                if not ok:
                    return
        finally:
            for person in self._people.values():
                person.close()

    def _step(self, name: str, details: Any) -> tuple[bool, str]:
        if name == "refuse_expected":
            return self._refused(details)
        if name == "pass_time":
            self._site.pass_time(duration(details))
            return True, f"{details} later"
        if name == "fail":
            self._site.fail(details)
            return True, f"{details} was killed and started again"
        if name == "expect":
            return self._expect(details)
        if name == "look":
            return self._look(details)
        answer = self._does[name](details)
        if isinstance(answer, Page):
            return False, f"it led to a page instead of a receipt: {answer.text}"
        return answer.accepted, answer.sentence

    def _refused(self, refused: Refused) -> tuple[bool, str]:
        name, details = refused.named()
        before = self._site.state(self._case).digest() if self._case else ""
        answer = self._does[name](details)
        if isinstance(answer, Page):
            return False, f"it led to a page instead of a refusal: {answer.text}"
        if answer.accepted:
            return False, "it was accepted"
        if before and self._site.state(self._case).digest() != before:
            return False, "it was refused, but the case has changed"
        if answer.section != refused.section:
            return False, f"it was refused by {answer.section}: {answer.sentence}"
        return True, answer.sentence

    def _someone(self, name: str) -> Someone:
        if name not in self._people:
            address = self._walk.people.get(name)
            if address is None:
                raise CommandRefused(f"The walk has nobody called {name}.")
            self._people[name] = Someone(self._site.url, self._site.sign_in_link(address))
        return self._people[name]

    def _path(self, rest: str = "") -> str:
        if not self._number:
            raise CommandRefused("There is no case yet: a walk opens one first.")
        return f"/cases/{self._number}{rest}"

    def _open(self, wanted: Open) -> Answer | Page:
        someone = self._someone(wanted.by)
        path = f"/open/{self._walk.process}"
        page = someone.fill(path, path, wanted.fields)
        answer = self._checked(someone, page, wanted)
        if isinstance(answer, Answer) and answer.accepted:
            self._case = answer.url.rsplit("/", 1)[-1]
            self._number = self._site.state(self._case).number
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

    def _look(self, wanted: Look) -> tuple[bool, str]:
        """Open a form and keep it, as a browser's tab does."""
        page = self._form_of(wanted)
        if isinstance(page, Answer):
            return False, page.sentence
        self._looked[wanted.by, wanted.step] = page
        return True, page.text

    def _form_of(self, wanted: Look | Sign) -> Answer | Page:
        seat = f"/{wanted.seat}" if wanted.seat else ""
        return self._someone(wanted.by).read(self._path(f"/sign/{wanted.step}{seat}"))

    def _sign(self, wanted: Sign) -> Answer | Page:
        someone = self._someone(wanted.by)
        page = self._looked.pop((wanted.by, wanted.step), None) or self._form_of(wanted)
        if isinstance(page, Answer):
            return page
        form = next((f for f in page.forms if f"/sign/{wanted.step}" in f.action), None)
        if form is None:
            return Answer(accepted=False, sentence=f"No form to sign on the page: {page.text}")
        return someone.send(form, wanted.fields, ("outcome", wanted.outcome))

    def _amend(self, wanted: Amend) -> Answer | Page:
        someone = self._someone(wanted.by)
        page = someone.fill(self._path("/amend"), "/amend", wanted.fields)
        return self._checked(someone, page, wanted)

    def _comment(self, wanted: Say) -> Answer | Page:
        someone = self._someone(wanted.by)
        return someone.fill(self._path(), "/comment", {"comment": wanted.text})

    def _retract(self, wanted: Back) -> Answer | Page:
        return self._back(wanted, f"/retract/{wanted.step}")

    def _decline(self, wanted: Back) -> Answer | Page:
        return self._back(wanted, f"/decline/{wanted.step}/{wanted.seat}")

    def _withdraw(self, wanted: Back) -> Answer | Page:
        return self._back(wanted, "/withdraw")

    def _back(self, wanted: Back, rest: str) -> Answer | Page:
        fields = {"comment": wanted.text} if wanted.text else {}
        return self._someone(wanted.by).fill(self._path(rest), rest, fields)

    def _expect(self, wanted: Expect) -> tuple[bool, str]:
        for ok, detail in self._expectations(wanted):
            if not ok:
                return False, detail
        state = self._site.state(self._case)
        return True, f"{self._number} stands at {state.ended or ', '.join(state.configuration)}"

    def _expectations(self, wanted: Expect) -> Iterator[tuple[bool, str]]:
        if wanted.state is not None:
            state = self._site.state(self._case)
            at = [state.ended] if state.ended else list(state.configuration)
            yield wanted.state in at, f"it stands at {', '.join(map(str, at))}"
        for name in wanted.waits_for:
            yield self._waits(name), f"nothing of {self._number} waits for {name}"
        for name in wanted.not_for:
            yield not self._waits(name), f"{self._number} waits for {name}"
        for name, words in wanted.told.items():
            yield self._told_by_mail(name, words), f"no mail to {name} says “{words}”"
        for name, words in wanted.sees.items():
            text = self._text(name, self._path())
            yield words in text, f"{name} doesn't read “{words}” but: {text}"
        for name, words in wanted.sees_not.items():
            yield words not in self._text(name, self._path()), f"{name} reads “{words}”"

    def _waits(self, name: str) -> bool:
        """The inbox's own list, above what is folded below it."""
        text = self._text(name, "/")
        waiting = text.partition("Opened by me")[0]
        return self._number in waiting

    def _told_by_mail(self, name: str, words: str) -> bool:
        eventually(lambda: words in self._text(name, "/outbox"), f"a mail to {name}: “{words}”")
        return True

    def _text(self, name: str, path: str) -> str:
        page = self._someone(name).read(path)
        return page.text if isinstance(page, Page) else page.sentence


def _told(name: str, details: Any) -> str:
    """Return a step as a line of the story."""
    if name == "refuse_expected":
        act, inner = details.named()
        return f"refused by {details.section}: {_told(act, inner)}"
    if name == "pass_time":
        return f"time passes: {details}"
    if name == "fail":
        return f"the {details} fails"
    if name == "expect":
        return f"expect {details.state or 'that it shows'}"
    step = getattr(details, "step", None)
    outcome = getattr(details, "outcome", None)
    return " ".join(part for part in (details.by, name, step, outcome) if part)
