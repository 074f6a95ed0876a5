"""What rows of the directory's tables follow from its stream, entry by entry.

`verify` compares them with the tables, `rebuild` makes the tables so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from definitions.acts import Act, Entry
from definitions.canonical import Json
from store.absences import AWAY, BACK
from store.deeds import ENDED, GRANTED
from store.founding import FOUNDED
from store.record.differing import Row

KINDS = frozenset({FOUNDED, GRANTED, ENDED, AWAY, BACK})
"""What can happen in the directory's stream."""


@dataclass
class DirectoryRows:
    """The rows so far; `erased` are people of whom values are gone, and whose rows aren't whole."""

    people: list[Row] = field(default_factory=list)
    addresses: list[Row] = field(default_factory=list)
    grants: list[Row] = field(default_factory=list)
    list_entries: list[Row] = field(default_factory=list)
    absences: list[Row] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)

    def take(self, entry: Entry, act: Act, values: Mapping[str, Json]) -> None:
        """Take the next entry, which has been checked.

        Args:
            values: its plain values; where some were erased the person is noted as `erased`.
        """
        (person,) = entry.facts["people"]["person"]
        at = str(entry.facts["time"])
        if set(values) != set(act.values):
            if person not in self.erased:
                self.erased.append(person)
        elif act.kind == FOUNDED:
            self._founded(person, at, act.id, values)
        elif act.kind == GRANTED:
            self._granted(person, at, act.id, values)
        elif act.kind == ENDED:
            self._ended(person, at, act.id, values)
        elif act.kind == AWAY:
            away = {"person": person, "since": values["since"], "until": values["until"]}
            self.absences.append(away | {"act_id": act.id})
        elif act.kind == BACK:
            self._back(person, at, str(values["absence"]))

    def tables(self) -> dict[str, list[Row]]:
        """Return the rows by table."""
        return {
            "people": self.people,
            "addresses": self.addresses,
            "grants": self.grants,
            "list_entries": self.list_entries,
            "absences": self.absences,
        }

    def _founded(self, person: str, at: str, act: str, values: Mapping[str, Json]) -> None:
        own: Row = {"person": person, "since": at}
        self.people.append(own | {"name": values["name"], "language": values["language"]})
        self.addresses += [
            {"address": address, "person": person, "place": place}
            for place, address in enumerate(values["emails"])
        ]
        held = own | {"act_id": act, "authority": values.get("motion")}
        self.grants += [held | {"role": role} for role in values["roles"]]
        self.list_entries += [held | {"list": one} for one in values.get("lists", ())]

    def _granted(self, person: str, at: str, act: str, values: Mapping[str, Json]) -> None:
        held: Row = {
            "person": person,
            "since": values.get("since", at),
            "until": values.get("until"),
            "act_id": act,
            "authority": values["authority"],
        }
        if "role" in values:
            self.grants.append(held | {"role": values["role"]})
        else:
            self.list_entries.append(held | {"list": values["list"]})

    def _ended(self, person: str, at: str, act: str, values: Mapping[str, Json]) -> None:
        """End whatever of that name stood at that time."""
        of = "role" if "role" in values else "list"
        for row in self.grants if of == "role" else self.list_entries:
            until = row.get("until")
            if (row["person"], row[of]) == (person, values[of]) and (until is None or until > at):
                row |= {"until": at, "end_act_id": act}

    def _back(self, person: str, at: str, absence: str) -> None:
        for row in [r for r in self.absences if (r["person"], r["act_id"]) == (person, absence)]:
            if row["since"] > at:
                self.absences.remove(row)
            elif row["until"] > at:
                row["until"] = at
