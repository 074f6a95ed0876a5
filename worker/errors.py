"""The errors of the room: sentences for whoever starts or runs the program."""

from __future__ import annotations


class WorkerError(Exception):
    """Base of every error of this room; its text is a sentence for the operator."""


class SettingsError(WorkerError):
    """One or more settings cannot be used; one line for each."""


class KeyFileError(WorkerError):
    """A key file is missing, unreadable, or readable by others."""


class CodecError(WorkerError):
    """A payload could not be opened."""


class ForgedError(CodecError):
    """A payload isn't sealed, or not with the key of ours that it names: nobody of ours made it."""


class NotOursError(CodecError):
    """A workflow was begun with what nobody of ours sealed: it is no case."""


class PartFailed(WorkerError):  # noqa: N818 - named after what happened
    """A process of the program did not start, or did not answer in time."""


class CommandRefused(WorkerError):  # noqa: N818 - named after what happened
    """A command cannot do what it was asked to; nothing was changed."""
