"""`test_restored_database.py` on PostgreSQL, in a file of its own so that both run together."""

import pytest

from tests.faults.test_restored_database import test_the_database_was_put_back

__all__ = ["test_the_database_was_put_back"]

DATABASE = "postgresql"
pytestmark = pytest.mark.soak
