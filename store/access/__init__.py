"""Who is signed in and how they can: links, passwords, sessions, rate limits.

Functions take a connection of `Database.reading()` or `Database.writing()`, and times as
`definitions.clock.stamp` writes them. No rule of the policy is in here.
"""
