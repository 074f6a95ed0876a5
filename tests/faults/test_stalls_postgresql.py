"""`test_stalls.py` on PostgreSQL, in a file of its own so that both run at the same time."""

import pytest

from tests.faults.test_stalls import (
    test_no_case_stays_stuck,
    test_no_case_stays_stuck_in_a_hundred_rounds,
)

__all__ = [
    "test_no_case_stays_stuck",
    "test_no_case_stays_stuck_in_a_hundred_rounds",
]

DATABASE = "postgresql"
pytestmark = pytest.mark.soak
