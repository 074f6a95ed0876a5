"""The command line in this process: as a process of its own would end, without starting one."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from subprocess import CompletedProcess

import pytest

from worker.cli import main


def commanded(variables: Mapping[str, str], *arguments: str) -> CompletedProcess[str]:
    """Run `countersign` with these words, and these environment variables alone.

    Returns what a process would: its status and what it printed. Only for commands that end by
    themselves and change nothing of the process, such as its logging.
    """
    out, err = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as own,
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        for name in list(os.environ):
            own.delenv(name)
        for name, value in variables.items():
            own.setenv(name, value)
        own.setattr(sys, "argv", ["countersign", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
    code = ended.value.code
    return CompletedProcess(
        arguments, code if isinstance(code, int) else 1, out.getvalue(), err.getvalue()
    )
