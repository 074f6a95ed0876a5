"""Answers in a signed step that decide where a case goes, as the proof asks them.

They are choices like those of the form, but made by whoever signs, and unmade when their step is
entered again or what was signed is amended.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import product

from definitions.branching import UNANSWERED, answers
from definitions.model import Body

Known = tuple[int, ...]


class Answering:
    """The answers of one definition; choices are places among those of each known field."""

    def __init__(
        self, body: Body, known: tuple[str, ...], choices: tuple[tuple[str, ...], ...]
    ) -> None:
        """Take what is known: the fields whose choices the proof knows, with these choices."""
        self._unanswered = {
            place: each.index(UNANSWERED)
            for place, each in enumerate(choices)
            if UNANSWERED in each
        }
        self._of_step: dict[str, tuple[int, ...]] = {}
        self._options: dict[tuple[str, str], tuple[tuple[int, ...], ...]] = {}
        for name, deciding in answers(body).items():
            given = {field: known.index(by) for field, by in deciding.items()}
            self._of_step[name] = tuple(given.values())
            for outcome in body.steps[name].outcomes:
                asked = body.steps[name].asked(outcome)
                self._options[name, outcome] = tuple(
                    tuple(
                        number
                        for number, choice in enumerate(choices[place])
                        if choice != UNANSWERED or not asked[field].required
                    )
                    for field, place in given.items()
                )

    def given(self, known: Known, step: str, outcome: str) -> Iterator[Known]:
        """Yield what is known after each way to answer in a step that closes by an outcome."""
        places = self._of_step.get(step)
        if places is None:
            yield known
            return
        for made in product(*self._options[step, outcome]):
            yield _with(known, dict(zip(places, made, strict=True)))

    def unmade(self, known: Known, steps: Collection[str]) -> Known:
        """Return what is known once these steps are entered, or their signatures void."""
        places = [place for step in steps for place in self._of_step.get(step, ())]
        if not places or not known:
            return known
        return _with(known, {place: self._unanswered[place] for place in places})


def _with(known: Known, new: Mapping[int, int]) -> Known:
    return tuple(new.get(place, one) for place, one in enumerate(known))
