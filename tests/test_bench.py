"""The benchmarks run, and say what they found in the form that is read by programs."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from bench.__main__ import QUICK, report
from bench.cost import actions, actions_of_trouble
from bench.figures import percentile
from workflows import names

pytestmark = pytest.mark.soak

ROOT = Path(__file__).parents[1]
NAMED = {
    "signoff": {
        *(f"{what}_{at}" for what in ("cases_per_second", "p50_ms", "p95_ms") for at in (1, 2))
    },
    "cost": {
        "actions_per_sign_off",
        "actions_of_trouble_per_case",
        "history_events_per_case",
        "history_bytes_per_sign_off",
        "database_bytes_record_per_case",
        "sql_statements_web_per_sign_off",
        "sql_writes_worker_per_sign_off",
    },
    "inbox": {"inbox_ms_2", "inbox_ms_30", "inbox_few_ms_30", "case_page_ms_30"},
    "record": {"entries_verified_per_second"},
    "check": {"check_system_patch"},
    "pages": {"page_cpu_ms_inbox"},
}


@pytest.mark.parametrize("name", QUICK)
def test_each_runs_as_a_script_and_prints_figures(name: str) -> None:
    command = [sys.executable, f"bench/{name}.py", "--json", *QUICK[name]]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    figures: list[dict[str, Any]] = json.loads(done.stdout)["figures"]
    found = {one["name"]: one for one in figures}
    assert len(found) == len(figures)
    assert set(found) >= NAMED[name]
    for one in figures:
        assert one["ours"] >= 0
        if "bare" in one and "ratio" in one:
            assert one["ratio"] == pytest.approx(one["ours"] / one["bare"], rel=0.02, abs=0.01)
    assert f"| `{figures[0]['name']}` |" in report({name: figures})


def test_a_sign_off_costs_at_most_three_of_temporals_actions() -> None:
    command = [sys.executable, "bench/cost.py", "--json", "--cases", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = {one["name"]: one["ours"] for one in json.loads(done.stdout)["figures"]}
    assert found["actions_per_sign_off"] <= 3


def test_a_busy_machine_adds_actions_of_trouble_only() -> None:
    def history(attempts: int, *, signaled: bool, others: int) -> list[HistoryEvent]:
        events = [HistoryEvent(event_type=EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED)]
        events += [scheduled(names.ACTIVITY_COMMIT)]
        events += [scheduled(names.ACTIVITY_REPORT_STOPPED) for _ in range(others)]
        started = HistoryEvent(event_type=EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED)
        started.activity_task_started_event_attributes.attempt = attempts
        signal = HistoryEvent(event_type=EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED)
        return [*events, started, *([signal] if signaled else [])]

    def scheduled(name: str) -> HistoryEvent:
        event = HistoryEvent(event_type=EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED)
        event.activity_task_scheduled_event_attributes.activity_type.name = name
        return event

    calm = history(1, signaled=False, others=0)
    busy = history(4, signaled=True, others=2)
    assert actions(calm) == actions(busy) == 2
    assert (actions_of_trouble(calm), actions_of_trouble(busy)) == (0, 6)


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert [percentile([3, 1, 2, 4], share) for share in (0.5, 0.95, 0.01)] == [2, 4, 1]
