"""`test_random_kills.py` on PostgreSQL, in a file of its own so that both run at the same time."""

import pytest

from tests.faults.test_random_kills import (
    test_thirty_kills_lose_and_double_nothing,
)

__all__ = [
    "test_thirty_kills_lose_and_double_nothing",
]

DATABASE = "postgresql"
pytestmark = pytest.mark.soak
