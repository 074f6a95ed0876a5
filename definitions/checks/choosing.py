"""How many ways there are to choose: the check goes through all of them, or refuses the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from definitions.branching import MOST_LEADING, branch_fields, ways_to_choose
from definitions.checks.context import Context
from definitions.errors import DefinitionError
from definitions.model import Body, CountBy

MOST_CHOICES: Final = 100_000
"""Ways to choose in whatever makes a difference to the proof."""


def check_choices(context: Context) -> Iterator[DefinitionError]:
    """Check that there are not more ways to choose than can be gone through."""
    body = context.body
    leading = frozenset(branch_fields(body))
    for fields, most, what in (
        (leading, MOST_LEADING, "where a case goes"),
        (leading | _mattering(body), MOST_CHOICES, "something that is proved"),
    ):
        if ways_to_choose(body, fields) > most:
            named = " and ".join(
                f"`{name}`" for name in sorted(fields) if ways_to_choose(body, [name]) > 1
            )
            yield context.error(
                ("machine",),
                f"There are more than {most:,} ways to choose in {named}, which together decide "
                f"{what}: they can't all be gone through.",
                "Let fewer fields decide, or give them fewer choices; or split the process.",
            )
            return


def _mattering(body: Body) -> frozenset[str]:
    """Return the fields whose choices matter otherwise than by where an event leads."""
    seats = [seat for step in body.steps.values() for seat in step.seats.values()]
    found = {seat.count.by for seat in seats if isinstance(seat.count, CountBy)}
    found |= {name for invariant in body.invariants for name in invariant.when}
    found |= {name for spec in body.start.fields.values() for name in spec.required_when}
    return frozenset(found | set(body.start.when))
