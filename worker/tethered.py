"""Becomes another program that dies with its parent: `python tethered.py PARENT COMMAND …`.

The kernel kills the process as soon as its parent ends, however that ends (PR_SET_PDEATHSIG,
prctl(2)), so that a killed `countersign up` leaves nobody running on its data. This is a small
program of its own, instead of code between fork and exec, because the parent has threads.
Everything that it starts writes to the record in whole transactions, so being killed is safe.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Tie this process to its parent, then run the command in its place.

    Args:
        arguments: the parent's process id, then the command.
    """
    parent, command = int(arguments[0]), arguments[1:]
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("The parent ended before the program could start.")
    os.execv(command[0], command)  # noqa: S606 - our own command, without a shell


if __name__ == "__main__":
    main(sys.argv[1:])
