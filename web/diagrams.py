"""A definition's machine as a drawing: SVG made here, with the places of a case marked.

Graphviz (in pygraphviz's wheel) draws from DOT that this writes; nothing of it is the browser's
work. The result carries classes and no styles (the content security policy forbids those), no
ids and no links; its texts are escaped by the XML writer. What amending reopens isn't drawn: it
leads back from nearly everywhere, and the page says it in words.
"""

from __future__ import annotations

import textwrap
import threading
from collections.abc import Iterator
from functools import lru_cache
from xml.etree import ElementTree as ET

import pygraphviz

from definitions.definition import Definition
from definitions.machine import DONE
from definitions.model import words
from definitions.state import CaseState
from web.page_models import Diagram
from web.presenters.branches import ways
from web.presenters.words import listed

_CHARACTERS = 16  # of a line of a label, so that a drawing stays narrow
_KEPT = 512  # drawings; one takes 10 to 40 ms to make and some 10 kB to keep
_FORBIDDEN = ("style", "id", "onclick", "href")
# Graphviz keeps state for the whole process: one drawing at a time.
_one_at_a_time = threading.Lock()


def case_diagram(definition: Definition, state: CaseState) -> Diagram:
    """Return the drawing of a case's machine, its present place and its way so far marked."""
    chart = definition.chart
    finals = [name for name in state.configuration if chart.states[name].final]
    now = [name for name in state.configuration if not chart.states[name].inner()]
    done = [name for name, at in state.steps.items() if at.closed]
    if not state.ended:
        done.extend(finals)  # a region that has finished while others go on
        now = [name for name in now if name not in finals]
    here = " and ".join(f"“{definition.state_title(name)}”" for name in now)
    ruled = tuple(_ruled(definition, state))
    by = "; ".join(f"ruling {number} at “{definition.state_title(to)}”" for number, to in ruled)
    label = f"Diagram of the states of “{definition.title()}”; this case is at {here}."
    label = f"{label} Marked: {by}." if by else label
    svg = _draw(definition, frozenset(now), frozenset(done) - set(now), ruled)
    return Diagram(svg=svg, label=label)


def _ruled(definition: Definition, state: CaseState) -> Iterator[tuple[str, str]]:
    """Yield the rulings that filled a seat, moved the case or ended it, each with its state."""
    for one in state.rulings:
        to = one.ruling.to or one.ruling.step
        if to in definition.chart.states:
            yield one.number, to or ""


def definition_diagram(definition: Definition) -> Diagram:
    """Return the drawing of a definition's machine, without a present place."""
    label = f"Diagram of the states of “{definition.title()}”."
    return Diagram(svg=_draw(definition, frozenset(), frozenset(), ()), label=label)


@lru_cache(maxsize=_KEPT)
def _draw(
    definition: Definition,
    now: frozenset[str],
    done: frozenset[str],
    ruled: tuple[tuple[str, str], ...],
) -> str:
    graph = "\n".join((*_dot(definition, now, done), *_marks(definition, ruled), "}"))
    with _one_at_a_time:
        drawn = pygraphviz.AGraph(string=graph).draw(format="svg", prog="dot")
    return _clean(drawn, definition.title())


def _dot(definition: Definition, now: frozenset[str], done: frozenset[str]) -> Iterator[str]:
    yield 'digraph machine { rankdir="TB"; compound="true"; ranksep="0.35"; nodesep="0.25";'
    yield 'node [shape="box", fontname="Helvetica", fontsize="13", margin="0.14,0.08"];'
    yield 'edge [fontname="Helvetica", fontsize="11", arrowsize="0.7"];'
    yield 'graph [fontname="Helvetica", fontsize="12"];'
    yield '_begin [shape="circle", label="", width="0.14", class="start"];'
    for name in definition.body.machine.states:
        yield from _state(definition, name, now, done)
    initial = definition.body.machine.initial
    yield f"_begin -> {_quoted(_leaf(definition, initial))}{_lhead(definition, initial)};"
    for name in definition.chart.order:
        yield from _edges(definition, name)


def _marks(definition: Definition, ruled: tuple[tuple[str, str], ...]) -> Iterator[str]:
    """Yield a note for each ruling, beside the state that it is about."""
    for place, (number, to) in enumerate(ruled):
        note = f"_ruling_{place}"
        told = _quoted(f"Ruling\n{number}")
        yield f'{note} [shape="note", label={told}, class="ruling"];'
        head = _lhead(definition, to).removeprefix(" [").removesuffix("]")
        more = f", {head}" if head else ""
        yield f'{note} -> {_quoted(_leaf(definition, to))} [style="dashed"{more}];'


def _state(
    definition: Definition, name: str, now: frozenset[str], done: frozenset[str]
) -> Iterator[str]:
    spec = definition.chart.states[name]
    title = _quoted("\n".join(textwrap.wrap(definition.state_title(name), _CHARACTERS)))
    mark = "state-now" if name in now else "state-done" if name in done else "state"
    if not spec.inner():
        outline = ', peripheries="2"' if spec.final else ', style="rounded"'
        yield f'{_quoted(name)} [label={title}, class="{mark}"{outline}];'
        return
    yield f'subgraph {_quoted("cluster_" + name)} {{ label={title}; class="{mark}";'
    for inner in spec.inner():
        yield from _state(definition, inner, now, done)
    yield "}"


def _edges(definition: Definition, source: str) -> Iterator[str]:
    spec = definition.chart.states[source]
    by_target: dict[str, list[str]] = {}
    for event in spec.on:
        for target, choices in ways(definition, source, event).items():
            told = _event_title(definition, source, event)
            at = f" ({listed(choices, 'or')})" if choices else ""
            by_target.setdefault(target, []).append(f"{told}{at}")
    withdrawal = definition.body.withdraw
    if withdrawal and source in withdrawal.during:
        by_target.setdefault(withdrawal.to, []).append("Withdraw")
    for target, events in by_target.items():
        if target not in definition.chart.states:
            continue  # a history state
        label = "\n".join(textwrap.wrap(", ".join(events), _CHARACTERS))
        tail = f", ltail={_quoted('cluster_' + source)}" if spec.inner() else ""
        head = _lhead(definition, target).removeprefix(" [").removesuffix("]")
        more = f", {head}" if head else ""
        yield (
            f"{_quoted(_exit(definition, source))} -> {_quoted(_leaf(definition, target))} "
            f"[label={_quoted(label)}{tail}{more}];"
        )


def _event_title(definition: Definition, source: str, event: str) -> str:
    """Return what an event is called: the outcomes that send it, or its name in words."""
    if event == DONE:
        return "All done"
    found = []
    for name, step in definition.body.steps.items():
        if not definition.chart.within(name, source):
            continue
        for key, outcome in step.outcomes.items():
            if outcome.event == event:
                found.append(words(outcome.title) or key)
        if step.deadline and step.deadline.event == event:
            found.append("Overdue")
    return ", ".join(dict.fromkeys(found)) or event.replace("_", " ").capitalize()


def _leaf(definition: Definition, state: str) -> str:
    """Return a drawn node inside of a state: edges end at nodes, and are cut at the cluster."""
    spec = definition.chart.states[state]
    while spec.inner():
        state = spec.initial or next(iter(spec.inner()))
        spec = definition.chart.states[state]
    return state


def _exit(definition: Definition, state: str) -> str:
    """Return a drawn node from which edges of a state leave: its last one."""
    spec = definition.chart.states[state]
    while spec.inner():
        state = list(spec.inner())[-1]
        spec = definition.chart.states[state]
    return state


def _lhead(definition: Definition, state: str) -> str:
    inner = definition.chart.states[state].inner()
    return f" [lhead={_quoted('cluster_' + state)}]" if inner else ""


def _quoted(text: str) -> str:
    """Return text as a DOT string: only quotes, backslashes and line breaks mean something."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _clean(svg: bytes, title: str) -> str:
    """Return the `<svg>` element alone: no prologue, names without a prefix, nothing active."""
    root = ET.fromstring(svg)  # noqa: S314 - Graphviz wrote it a moment ago, from our DOT
    for element in root.iter():
        element.tag = str(element.tag).rpartition("}")[2]
        for name in list(element.attrib):
            plain = name.rpartition("}")[2]
            if plain in _FORBIDDEN or plain != name:
                del element.attrib[name]
        element.text = (element.text or "").strip("\n")
        element.tail = ""
        for child in [c for c in element if str(c.tag).endswith("title")]:
            element.remove(child)  # they would show our ids as tips
    told = ET.Element("title")
    told.text = title
    root.insert(0, told)
    return ET.tostring(root, encoding="unicode")
