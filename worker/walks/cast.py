"""Who is who in a walk, and which case is which: names become browsers and addresses of pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from definitions.state import CaseState
from worker.errors import CommandRefused
from worker.walks.forms import Form
from worker.walks.model import Walk
from worker.walks.person import Someone
from worker.walks.site import Site, eventually


class Cast:
    """The people and cases of one walk."""

    def __init__(self, site: Site, walk: Walk) -> None:
        """Take the walk; it has no case yet."""
        self.site = site
        self._people = walk.people
        self._own: list[str] = []
        self.opened = ""
        """The id of the walk's own case; empty before it is opened."""

    def named(self) -> tuple[str, ...]:
        """Return the names of those whom the walk says by their address."""
        return tuple(name for name, told in self._people.items() if isinstance(told, str))

    def someone(self, name: str) -> Someone:
        """Return somebody's browser, signed in.

        Raises:
            CommandRefused: the walk has nobody of that name.
        """
        return self.site.browser(self.address(name))

    def address(self, name: str) -> str:
        """Return an address of somebody: as the walk says it, or of who was drawn by now.

        Raises:
            CommandRefused: the walk has nobody of that name.
        """
        named = self._people.get(name)
        if named is None:
            raise CommandRefused(f"The walk has nobody called {name}.")
        if isinstance(named, str):
            return named
        people = self.state(named.in_).people.get(named.drawn, ())
        if not people:
            raise CommandRefused(f"Nobody is {named.drawn} yet: {name} can't do anything.")
        return self.site.address_of(people[0])

    def chosen(self, form: Form, field: str, value: Any) -> Any:
        """Return what is typed: a name of the walk's where the field offers people.

        Where it names a case, `{opened: 1}` is the number of the first that the walk opened, and
        with `ruling: 2` that of the second ruling made in it.

        Raises:
            CommandRefused: it names people of another case, as only the proof can.
        """
        if isinstance(value, Mapping):
            return self._number(value)
        offered = form.choices.get(form.posted(field), ())
        if value in self._people and value not in offered:
            person = self.site.person_of(self.address(str(value)))
            return person if person in offered else value
        return value

    def open_in(self, case: str) -> None:
        """Go on in a case that was just opened."""
        self.opened = case
        self._own.append(case)

    def _number(self, told: Mapping[str, Any]) -> str:
        if "people" in told:
            raise CommandRefused("It names people of another case: the walk doesn't open that one.")
        which = told.get("opened", 0)
        if not 0 < which <= len(self._own):
            raise CommandRefused("The walk has opened no such case before.")
        number = self.site.state(self._own[which - 1]).number
        return f"{number}/{told['ruling']}" if "ruling" in told else number

    def case(self, name: str | None = None) -> str:
        """Return a case's id: the walk's own, or one that it opened, by what it calls it.

        Raises:
            CommandRefused: there is no such case, even after waiting for it.
        """
        if not self.opened:
            raise CommandRefused("There is no case yet: a walk opens one first.")
        if name is None:
            return self.opened
        child = self.site.state(self.opened).children.get(name)
        if child is None:
            raise CommandRefused(f"The case has opened none that it calls {name}.")
        eventually(lambda: self.site.has_case(child.case), f"the case “{name}” was opened")
        return child.case

    def state(self, name: str | None = None) -> CaseState:
        """Return how a case stands in the store."""
        return self.site.state(self.case(name))

    def path(self, name: str | None, rest: str = "") -> str:
        """Return the address of a case's page, or of one below it."""
        return f"/cases/{self.state(name).number}{rest}"
