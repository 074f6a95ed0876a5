"""What a sign-off and a case cost: in Temporal's history, in actions, in the database.

python bench/cost.py [--json] [--cases N]

The definition is two-signatures; the cases are carried out one after the other over HTTP, on the
processes of `countersign up`. Figures end in `_per_case` (opening and two sign-offs) or
`_per_sign_off`. SQL is counted in this process instead, because it can be seen there: the same
forms go through the same application (`web`) and the same commit (`worker`).

Temporal's actions are counted from the history, as its price list defines them
(https://docs.temporal.io/cloud/actions): 1 for the start of a workflow and for each
continue-as-new, 1 for each update, signal and started timer, 1 for each attempt of an activity,
1 for all local activities of one workflow task. An update that is sent again under its id is the
same update. Updates that the validator refuses, and queries, leave no history and aren't counted.
What is done only because something took too long is a figure of its own, `actions_of_trouble`:
further attempts of an activity, signals of the sweep, and activities that compare or report. A
machine with room has none of them, and a busy one changes no other figure of actions.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

if not __package__:  # run as a file: `bench` is found from the folder above
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from sqlalchemy import Engine, event, select
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from bench.figures import print_figures
from bench.installation import DEFINITIONS, PROCESS, Installation, temporary_installation
from bench.signoff import Ours
from bench.world import world_in
from definitions.acts import ActResult, CommitRequest, Head, SignedAct
from definitions.loader import Library, Source, load_library
from store import tables
from store.commit import Committer
from tests.support.acting import World
from tests.support.filled_form import filled_form
from web.app import create_app
from workflows import names

SIGN_OFFS = 2
_LOCAL = "core_local_activity"
_WORK = {names.ACTIVITY_COMMIT, names.ACTIVITY_DELIVER_MAIL, names.ACTIVITY_NOTICES}
_ONE_ACTION = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED: 1,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED: 1,
    EventType.EVENT_TYPE_TIMER_STARTED: 1,
}


def actions(events: Sequence[HistoryEvent]) -> int:
    """Return the actions that a history stands for, without those of trouble (see above)."""
    count = sum(_ONE_ACTION.get(one.event_type, 0) for one in events)
    return count + sum(_scheduled(one) in _WORK for one in events) + len(_local_tasks(events))


def actions_of_trouble(events: Sequence[HistoryEvent]) -> int:
    """Return the actions that were needed only because something took too long or failed."""
    started = EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED
    signaled = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
    again = [
        one.activity_task_started_event_attributes.attempt - 1
        for one in events
        if one.event_type == started
    ]
    others = [name for one in events if (name := _scheduled(one)) and name not in _WORK]
    return sum(again) + len(others) + sum(one.event_type == signaled for one in events)


def _scheduled(event: HistoryEvent) -> str:
    """Return the name of the activity that an event schedules; empty for other events."""
    if event.event_type != EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
        return ""
    return event.activity_task_scheduled_event_attributes.activity_type.name


def _local_tasks(events: Sequence[HistoryEvent]) -> set[int]:
    """Return the workflow tasks in which local activities ran."""
    return {
        one.marker_recorded_event_attributes.workflow_task_completed_event_id
        for one in events
        if one.event_type == EventType.EVENT_TYPE_MARKER_RECORDED
        and one.marker_recorded_event_attributes.marker_name == _LOCAL
    }


def split(events: Sequence[HistoryEvent]) -> tuple[list[HistoryEvent], list[HistoryEvent]]:
    """Return the events of the opening, and those of all sign-offs: from their acceptance on."""
    accepted = [
        place
        for place, one in enumerate(events)
        if one.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED
    ]
    first = accepted[1]  # the first of all is the opening's
    # The three events of the workflow task that takes the update come before its acceptance.
    begun = first - 3
    return list(events[:begun]), list(events[begun:])


async def history_figures(here: Installation, cases: int) -> list[dict[str, Any]]:
    """Carry cases out, and count in their histories and databases."""
    files = {"record": here.settings.data.folder / "countersign.sqlite",
             "temporal": here.settings.data.folder / "temporal.sqlite"}  # fmt: skip
    ours = Ours(here)
    await ours.round(2, 1)  # pages that every database needs once aren't the cases'
    before = {name: _size(file) for name, file in files.items()}
    await ours.round(cases, 1)
    grown = {name: (_size(file) - before[name]) / cases for name, file in files.items()}
    client = await Client.connect(
        here.settings.temporal.address, namespace=here.settings.temporal.namespace
    )
    with here.database.reading() as connection:
        ids = list(connection.scalars(select(tables.cases.c.case)))[-cases:]
    histories = [list((await client.get_workflow_handle(case).fetch_history()).events)
                 for case in ids]  # fmt: skip
    signing = [split(events)[1] for events in histories]
    return [
        _mean("actions_per_sign_off", [actions(one) / SIGN_OFFS for one in signing]),
        _mean("actions_per_case", [actions(one) for one in histories]),
        _mean("actions_of_trouble_per_case", [actions_of_trouble(one) for one in histories]),
        _mean("history_events_per_sign_off", [len(one) / SIGN_OFFS for one in signing]),
        _mean("history_events_per_case", [len(one) for one in histories]),
        _mean("history_bytes_per_sign_off", [_bytes(one) / SIGN_OFFS for one in signing]),
        _mean("history_bytes_per_case", [_bytes(one) for one in histories]),
        *(_mean(f"database_bytes_{name}_per_case", [size]) for name, size in grown.items()),
    ]


def _size(file: Path) -> int:
    """Return the bytes of a database's pages, also of those that are still in its log."""
    with closing(sqlite3.connect(file)) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    return int(pages) * int(size)


def _bytes(events: Sequence[HistoryEvent]) -> int:
    return sum(one.ByteSize() for one in events)


def _mean(name: str, values: Sequence[float]) -> dict[str, Any]:
    return {"name": name, "ours": round(sum(values) / len(values), 2)}


class SqlCount:
    """Counts statements and transactions on all engines, by the part that is at work."""

    def __init__(self) -> None:
        self.part = "web"
        self.statements: Counter[str] = Counter()
        self.transactions: Counter[str] = Counter()
        self.writes: Counter[str] = Counter()

    def _statement(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith("BEGIN"):
            self.transactions[self.part] += 1
            self.writes[self.part] += statement == "BEGIN IMMEDIATE"
        else:
            self.statements[self.part] += 1

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count while the block runs."""
        event.listen(Engine, "before_cursor_execute", self._statement)
        try:
            yield
        finally:
            event.remove(Engine, "before_cursor_execute", self._statement)


class Straight:
    """The way to the cases without Temporal: keeps heads as a case does, asks the real commit."""

    def __init__(self, committer: Committer) -> None:
        self._committer = committer
        self._heads: dict[str, Head] = {}
        self.count = SqlCount()

    def open(self, signed: SignedAct, definition_text: str, process: str) -> ActResult:
        """Commit an opening."""
        return self._commit(CommitRequest(signed, Head(), definition_text), process)

    def act(self, signed: SignedAct) -> ActResult:
        """Commit an act."""
        return self._commit(CommitRequest(signed, self._heads[signed.act["case"]]), PROCESS)

    def _commit(self, request: CommitRequest, process: str) -> ActResult:
        case = request.signed.act["case"]
        self.count.part = "worker"
        reply = self._committer.commit(request, process=process, workflow=case)
        self.count.part = "web"
        self._heads[case] = reply.head
        number = (reply.facts or {}).get("number")
        return ActResult(accepted=reply.result == "committed", number=number, seq=reply.seq)


def sql_figures() -> Iterator[dict[str, Any]]:
    """Post the forms of one case in this process; yield statements and transactions of each.

    A write transaction of SQLite is one fsync: its log is synchronised at each commit.
    """
    with TemporaryDirectory(prefix="countersign-bench-") as folder, world_in(Path(folder)) as world:
        way = Straight(world.gateway.committer)
        definition = load_library((DEFINITIONS,)).current(PROCESS)
        world.register(definition)
        library = Library((Source(definition, None, "bench"),))  # type: ignore[arg-type]
        services = replace(world.stack.services, library=library, cases=way)
        app = create_app(world.stack.settings, services)
        world.stack = replace(world.stack, app=app, services=services)
        counts = _opening(world, way), _sign_off(world, way)
    for what, count in zip(("opening", "sign_off"), counts, strict=True):
        for kind in ("statements", "transactions", "writes"):
            for part in ("web", "worker"):
                value = getattr(count, kind)[part]
                yield {"name": f"sql_{kind}_{part}_per_{what}", "ours": value}


def _opening(world: World, way: Straight) -> SqlCount:
    path = f"/open/{PROCESS}"
    world.open_case("Mia", PROCESS, {"topic": "To warm up"})
    check = world.post("Mia", path, world.form("Mia", path).send(topic="Counted"))
    return _posted(world, way, "Mia", path, filled_form(check.text, path).send(step="open"))


def _sign_off(world: World, way: Straight) -> SqlCount:
    number = world.numbers()[-1]
    path = f"/cases/{number}/sign/first/one"
    return _posted(world, way, "Sue", path, world.form("Sue", path).send(outcome="agree"))


def _posted(world: World, way: Straight, name: str, path: str, form: dict[str, Any]) -> SqlCount:
    way.count = SqlCount()
    with way.count.counting():
        answer = world.post(name, path, form)
    if answer.status_code != HTTPStatus.SEE_OTHER:
        raise SystemExit(f"{path} answered {answer.status_code}")
    return way.count


def main() -> None:
    """Count, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--cases", type=int, default=50)
    options = parser.parse_args()
    with temporary_installation(3) as here:
        figures = asyncio.run(history_figures(here, options.cases))
    print_figures([*figures, *sql_figures()], as_json=options.json)


if __name__ == "__main__":
    main()
