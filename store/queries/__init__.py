"""What pages ask of the store: one query for each question, never one for each row.

Each function takes a connection of a reading transaction and returns frozen dataclasses. Long
lists come in pages by key: the caller hands in where the last page ended. Nothing here decides
who may see what; who asks for a value names the fields that the reader may see.
"""
