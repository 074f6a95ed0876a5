"""The one metadata of all tables, and how constraints are named.

Times are text (RFC 3339, UTC, milliseconds), so that they sort and compare alike on every
database and are the same characters as in the record; JSON is canonical text for the same
reason.
"""

from sqlalchemy import MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
