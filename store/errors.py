"""The store's errors. A refusal by the rules is no error: it is a value of the commit's reply."""


class StoreError(Exception):
    """Base of all errors of the store."""


class UnusableDatabaseError(StoreError):
    """The database's address can't be used, and the sentence says why."""
