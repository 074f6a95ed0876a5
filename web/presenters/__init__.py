"""From what the store and the rules say to what pages show: pure functions, no request, no I/O.

A `Reader` says for whom, and at which time. What a reader may not see doesn't reach these
functions as a value, and is shown as withheld.
"""
