"""All walks on PostgreSQL, in a file of its own so that both databases run at the same time."""

from tests.worker.test_walks import test_every_step_of_every_walk_is_right

__all__ = ["test_every_step_of_every_walk_is_right"]

DATABASE = "postgresql"
