"""`test_stopped.py` on PostgreSQL, in a file of its own so that both run at the same time."""

import pytest

from tests.faults.test_stopped import (
    crew,
    stack,
    test_a_commit_that_cannot_succeed,
    test_a_record_that_was_set_back,
    test_a_workflow_task_that_fails,
    trouble,
)

__all__ = [
    "crew",
    "stack",
    "test_a_commit_that_cannot_succeed",
    "test_a_record_that_was_set_back",
    "test_a_workflow_task_that_fails",
    "trouble",
]

DATABASE = "postgresql"
pytestmark = pytest.mark.soak
