"""What all checks ask of a definition: its states by name, and where in the file things stand."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from definitions.catalogue import OpenCase
from definitions.errors import DefinitionError
from definitions.loader import Source
from definitions.model import Body, History, Part, State
from definitions.organisation import Organisation, load_organisation
from definitions.reading import KeyPath

OPENER = "opener"


@dataclass(frozen=True)
class Node:
    """One state (or history state) of the machine, where it stands and what it is inside of."""

    name: str
    state: State | History
    path: KeyPath
    parent: str | None


@dataclass(frozen=True)
class Context:
    """A definition under check.

    Attributes:
        nodes: every state and history state in the order of the file, doubles included.
        states: states by name; of doubles the first.
        histories: history states by name.
        parents: each state's and history's parent, None at the top.
        organisation: whose roles and lists the definition names.
        library: every process by name, this one too; empty where one is checked by itself.
    """

    source: Source
    body: Body
    nodes: tuple[Node, ...]
    states: Mapping[str, State]
    histories: Mapping[str, History]
    parents: Mapping[str, str | None]
    organisation: Organisation
    library: Mapping[str, Body] = field(default_factory=dict)

    @classmethod
    def of(cls, source: Source, library: Mapping[str, Body] | None = None) -> Context:
        """Gather what the checks need."""
        body = source.definition.body
        nodes = tuple(_nodes(body.machine.states, ("machine", "states"), None))
        first = {node.name: node for node in reversed(nodes)}
        return cls(
            source=source,
            body=body,
            nodes=nodes,
            states={
                node.name: node.state
                for node in nodes
                if isinstance(node.state, State) and first[node.name] is node
            },
            histories={node.name: node.state for node in nodes if isinstance(node.state, History)},
            parents={name: node.parent for name, node in first.items()},
            organisation=load_organisation(),
            library=library or {},
        )

    def error(self, path: KeyPath, sentence: str, remedy: str) -> DefinitionError:
        """Return a finding that points at `path`."""
        return self.source.positions.error(path, sentence, remedy)

    def unknown(
        self, path: KeyPath, what: str, name: str, known: Collection[str]
    ) -> Iterator[DefinitionError]:
        """Yield a finding if `name` isn't among what is known, with the nearest that is."""
        if name in known:
            return
        near = self.near(name, known)
        if near:
            remedy = f"Did you mean `{near}`?"
        elif known:
            remedy = f"There are: {', '.join(known)}."
        else:
            remedy = f"Take it out: there is no {what} here at all."
        yield self.error(path, f"There is no {what} `{name}`.", remedy)

    @staticmethod
    def near(name: str, known: Collection[str]) -> str:
        """Return what a name that isn't known was likely meant to be; "" if nothing is like it."""
        return next(iter(difflib.get_close_matches(name, list(known), n=1)), "")

    def around(self, state: str) -> tuple[str, ...]:
        """Return the states that `state` is inside of, the nearest first."""
        outer = self.parents[state]
        return () if outer is None else (outer, *self.around(outer))

    def path(self, state: str) -> KeyPath:
        """Return where a state stands."""
        return next(node.path for node in self.nodes if node.name == state)

    def is_waiting(self, name: str) -> bool:
        """Say whether it is a state in which a case waits: without inner ones, and not an end."""
        state = self.states.get(name)
        return state is not None and not state.inner() and not state.final

    def people(self) -> tuple[str, ...]:
        """Return the names of the people of a case."""
        return (OPENER, *self.body.people, *self.body.draws, *self.body.bound)

    def roles(self) -> tuple[str, ...]:
        """Return the roles of the organisation."""
        return tuple(role.id for role in self.organisation.roles)

    def lists(self) -> tuple[str, ...]:
        """Return the mailing lists of the organisation."""
        return tuple(each.id for each in self.organisation.lists)

    def access_lists(self) -> tuple[str, ...]:
        """Return the access lists of the organisation (Policy 3.4.2)."""
        return tuple(each.id for each in self.organisation.access_lists)

    def opened(self) -> Iterator[tuple[KeyPath, str | None, OpenCase]]:
        """Yield each case that this one opens: its place, the state entered (if it is), and it."""
        for index, effect in enumerate(self.body.effects):
            if effect.open is not None:
                yield ("effects", index, "open"), effect.enter, effect.open

    def children(self) -> Mapping[str, OpenCase]:
        """Return the cases that this one opens, by the names that it gives them."""
        return {opened.as_: opened for _, _, opened in self.opened()}

    def waits_for_child(self, state: str) -> bool:
        """Say whether in this state the case waits for another that it opens there."""
        return any(enter == state and opened.on for _, enter, opened in self.opened())

    def unknown_person(self, path: KeyPath, name: str) -> Iterator[DefinitionError]:
        """Yield a finding if no person of the case has this name."""
        return self.unknown(path, "person of the case", name, self.people())

    def unknown_role(self, path: KeyPath, name: str) -> Iterator[DefinitionError]:
        """Yield a finding if the organisation has no such role."""
        return self.unknown(path, "role", name, self.roles())

    def unknown_field(self, path: KeyPath, name: str) -> Iterator[DefinitionError]:
        """Yield a finding if the case's form has no such field."""
        return self.unknown(path, "field", name, tuple(self.body.start.fields))

    def unknown_state(self, path: KeyPath, name: str) -> Iterator[DefinitionError]:
        """Yield a finding if the machine has no such state."""
        return self.unknown(path, "state", name, tuple(self.states))

    def unknown_step(self, path: KeyPath, name: str) -> Iterator[DefinitionError]:
        """Yield a finding if there is no such step."""
        return self.unknown(path, "step", name, tuple(self.body.steps))

    def parts(self) -> Iterator[tuple[KeyPath, Part]]:
        """Yield every part of the file with its place, from the whole to the smallest."""
        return _parts(self.body, ())


def _nodes(states: Mapping[str, State], path: KeyPath, parent: str | None) -> Iterator[Node]:
    for name, state in states.items():
        here = (*path, name)
        yield Node(name, state, here, parent)
        yield from _nodes(state.states or {}, (*here, "states"), name)
        yield from _nodes(state.parallel or {}, (*here, "parallel"), name)
        for history, spec in (state.history or {}).items():
            yield Node(history, spec, (*here, "history", history), name)


def _parts(value: object, path: KeyPath) -> Iterator[tuple[KeyPath, Part]]:
    if isinstance(value, Part):
        yield path, value
        for name, spec in type(value).model_fields.items():
            yield from _parts(getattr(value, name), (*path, spec.alias or name))
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _parts(inner, (*path, key))
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            yield from _parts(inner, (*path, index))
