"""What anybody may read of a case: that it is there, and that nobody should be kept from it."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.checks.context import Context
from definitions.errors import DefinitionError
from definitions.publishing import RULINGS, hides, parts_of
from definitions.reading import KeyPath

_FILES = ("file", "patch")
_HIDDEN = {
    "case": "Only some see such a case at all (`privacy.case`), and here it would be published.",
    "fields": "`{name}` is confidential (`privacy.fields`), and here it would be published.",
    "steps": "What is given in `{step}` is confidential (`privacy.steps`), and here it would be "
    "published.",
}


def check_publishes(context: Context) -> Iterator[DefinitionError]:
    """Check what is published: that it is there, isn't hidden, and from which ends on."""
    publishes = context.body.publishes
    if publishes is None:
        return
    if publishes.as_ == RULINGS:
        yield context.error(
            ("publishes", "as"),
            f"`{RULINGS}` is the public list of all rulings.",
            "Choose another name for this list.",
        )
    for index, name in enumerate(publishes.when):
        yield from _end(context, ("publishes", "when", index), name)
    for index, name in enumerate(publishes.shows):
        path: KeyPath = ("publishes", "shows", index)
        yield from _hidden(context, path, name)
        yield from _there(context, path, name)


def _end(context: Context, path: KeyPath, name: str) -> Iterator[DefinitionError]:
    yield from context.unknown_state(path, name)
    state = context.states.get(name)
    if state is not None and not (state.final and context.parents[name] is None):
        yield context.error(
            path,
            f"`{name}` isn't an end of the case: what is published then could still change.",
            "Name states at the top with `final: true`; without `when` a case is published as "
            "soon as it is opened.",
        )


def _hidden(context: Context, path: KeyPath, name: str) -> Iterator[DefinitionError]:
    by = hides(context.body, name)
    if by is not None:
        step, _ = parts_of(name)
        yield context.error(
            path,
            _HIDDEN[by].format(name=name, step=step),
            "Take it out of `shows`, or show it to every Member first.",
        )


def _there(context: Context, path: KeyPath, name: str) -> Iterator[DefinitionError]:
    step, field = parts_of(name)
    if step is None:
        yield from context.unknown_field(path, field)
        spec = context.body.start.fields.get(field)
    else:
        yield from context.unknown_step(path, step)
        at = context.body.steps.get(step)
        if at is None:
            return
        yield from context.unknown(path, f"evidence of `{step}`", field, tuple(at.evidence))
        spec = at.evidence.get(field)
        if at.each is not None:
            yield context.error(
                path,
                f"`{step}` is signed for each thing on a list, and lists aren't published.",
                "Take it out of `shows`; have what everybody should read written in a step of "
                "its own.",
            )
    if spec is not None and spec.type in _FILES:
        yield context.error(
            path,
            f"`{name}` is a file, and files aren't published.",
            "Take it out of `shows`; have what everybody should read written as text.",
        )
