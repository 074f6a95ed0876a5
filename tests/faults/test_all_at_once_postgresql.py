"""`test_all_at_once.py` on PostgreSQL, in a file of its own so that both run at the same time."""

import pytest

from tests.faults.test_all_at_once import (
    test_everything_killed_at_once_ten_times,
)

__all__ = [
    "test_everything_killed_at_once_ten_times",
]

DATABASE = "postgresql"
pytestmark = pytest.mark.soak
