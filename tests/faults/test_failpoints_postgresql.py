"""`test_failpoints.py` on PostgreSQL, in a file of its own so that both run at the same time."""

import pytest

from tests.faults.test_failpoints import (
    field,
    test_afterwards_every_case_can_be_finished,
    test_killed_in_the_web,
    test_killed_in_the_worker,
)

__all__ = [
    "field",
    "test_afterwards_every_case_can_be_finished",
    "test_killed_in_the_web",
    "test_killed_in_the_worker",
]

DATABASE = "postgresql"
pytestmark = pytest.mark.soak
