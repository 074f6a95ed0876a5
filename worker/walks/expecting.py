"""What a walk expects to see: in the store, in inboxes, in mails, on pages, in the directory."""

from __future__ import annotations

from collections.abc import Iterator

from worker.walks.cast import Cast
from worker.walks.forms import Page
from worker.walks.model import Expect
from worker.walks.site import eventually


def expect(cast: Cast, wanted: Expect) -> tuple[bool, str]:
    """Say whether all is as expected, and what was seen: the first thing that isn't so."""
    for ok, detail in _expectations(cast, wanted):
        if not ok:
            return False, detail
    state = cast.state(wanted.in_)
    return True, f"{state.number} stands at {state.ended or ', '.join(state.configuration)}"


def _expectations(cast: Cast, wanted: Expect) -> Iterator[tuple[bool, str]]:
    case = cast.state(wanted.in_)
    if wanted.state is not None:
        at = [case.ended] if case.ended else list(case.configuration)
        yield wanted.state in at, f"it stands at {', '.join(map(str, at))}"
    for name in wanted.waits_for:
        yield _waits(cast, name, case.number), f"nothing of {case.number} waits for {name}"
    for name in wanted.not_for:
        yield not _waits(cast, name, case.number), f"{case.number} waits for {name}"
    for name, words in wanted.told.items():
        yield _told_by_mail(cast, name, words), f"no mail to {name} says “{words}”"
    path = cast.path(wanted.in_)
    for name, words in wanted.sees.items():
        text = _text(cast, name, path)
        yield words in text, f"{name} doesn't read “{words}” but: {text}"
    for name, words in wanted.sees_not.items():
        yield words not in _text(cast, name, path), f"{name} reads “{words}”"
    for name, holds in wanted.holds.items():
        found = cast.site.holdings(cast.address(name))
        yield set(holds) == found, f"{name} holds {', '.join(sorted(found)) or 'nothing'}"


def _waits(cast: Cast, name: str, number: str) -> bool:
    """The inbox's own list, above what is folded below it."""
    text = _text(cast, name, "/")
    waiting = text.partition("Opened by me")[0]
    return number in waiting


def _told_by_mail(cast: Cast, name: str, words: str) -> bool:
    eventually(lambda: words in _text(cast, name, "/outbox"), f"a mail to {name}: “{words}”")
    return True


def _text(cast: Cast, name: str, path: str) -> str:
    page = cast.someone(name).read(path)
    return page.text if isinstance(page, Page) else page.sentence
