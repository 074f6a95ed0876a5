"""`test_crowd.py` on PostgreSQL, in a file of its own so that both run at the same time."""

import pytest

from tests.faults.test_crowd import (
    crew,
    test_a_hundred_and_fifty_at_once,
)

__all__ = [
    "crew",
    "test_a_hundred_and_fifty_at_once",
]

DATABASE = "postgresql"
pytestmark = pytest.mark.soak
