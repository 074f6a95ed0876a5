"""`test_stalls.py` on PostgreSQL, in a file of its own so that both run at the same time."""

import pytest

from tests.faults.test_stalls import test_no_case_stays_stuck

__all__ = ["test_no_case_stays_stuck"]

DATABASE = "postgresql"
pytestmark = pytest.mark.soak
