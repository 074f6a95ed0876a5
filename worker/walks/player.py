"""Plays a walk: one step after the other, each with what it did and whether that was right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from definitions.canonical import Json
from definitions.model import duration
from worker.errors import WorkerError
from worker.walks.acting import Acting
from worker.walks.cast import Cast
from worker.walks.expecting import expect
from worker.walks.forms import Page
from worker.walks.model import Refused, Walk
from worker.walks.site import Site

_TOLD_CHARACTERS = 400


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
    """Plays one walk on a site."""

    def __init__(self, site: Site, walk: Walk) -> None:
        """Take the walk; nothing happens yet."""
        self._site = site
        self._walk = walk
        self._cast = Cast(site, walk)
        self._acting = Acting(self._cast, walk.process)

    def play(self) -> Iterator[Played]:
        """Play the story; stops after the first step that goes wrong."""
        for step in self._walk.story:
            name, details = step.named()
            do = _told(name, details)
            try:
                self._site.settle()
                ok, detail = self._step(name, details)
            except WorkerError as error:
                ok, detail = False, str(error)
            yield Played(do, ok, detail[:_TOLD_CHARACTERS])
            if not ok:
                return

    @property
    def number(self) -> str:
        """The number of the walk's own case, as it was opened last."""
        return self._cast.state().number

    def _step(self, name: str, details: Any) -> tuple[bool, str]:
        match name:
            case "refuse_expected":
                return self._refused(details)
            case "pass_time":
                self._site.pass_time(duration(details))
                return True, f"{details} later"
            case "fail":
                self._site.fail(details)
                return True, f"{details} was killed and started again"
            case "expect":
                return expect(self._cast, details)
            case "look":
                return self._acting.look(details)
        answer = self._acting.do(name, details)
        if isinstance(answer, Page):
            return False, f"it led to a page instead of a receipt: {answer.text}"
        return answer.accepted, answer.sentence

    def _refused(self, refused: Refused) -> tuple[bool, str]:
        name, details = refused.named()
        where = getattr(details, "in_", None)
        before = self._cast.state(where).digest() if self._cast.opened else ""
        answer = self._acting.do(name, details)
        if isinstance(answer, Page):
            return False, f"it led to a page instead of a refusal: {answer.text}"
        if answer.accepted:
            return False, "it was accepted"
        if before and self._cast.state(where).digest() != before:
            return False, "it was refused, but the case has changed"
        if answer.section != refused.section:
            return False, f"it was refused by {answer.section}: {answer.sentence}"
        return True, answer.sentence


def _told(name: str, details: Any) -> str:
    """Return a step as a line of the story."""
    if name == "refuse_expected":
        act, inner = details.named()
        return f"refused by {details.section}: {_told(act, inner)}"
    if name == "pass_time":
        return f"time passes: {details}"
    if name == "fail":
        return f"the {details} fails"
    where = getattr(details, "in_", None)
    within = f"in {where}: " if where else ""
    if name == "expect":
        return f"{within}expect {details.state or 'that it shows'}"
    said = (getattr(details, part, None) for part in ("kind", "step", "outcome", "to", "choice"))
    return within + " ".join(part for part in (details.by, name, *said) if part)
