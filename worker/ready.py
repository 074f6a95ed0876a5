"""Small files in the run folder by which processes find each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_READY: Final = "worker.ready"


def pid_file(run_folder: Path, part: str) -> Path:
    """Return the file that holds the process id of a part, which leads its process group."""
    return run_folder / f"{part}.pid"


def address_file(run_folder: Path) -> Path:
    """Return the file that says where the embedded Temporal server listens, or did last."""
    return run_folder / "temporal.address"


def ready_file(run_folder: Path) -> Path:
    """Return the file that holds the worker's process id while it polls for work."""
    return run_folder / _READY


def worker_is_ready(run_folder: Path, pid: int) -> bool:
    """Say whether the worker with this process id is ready."""
    try:
        return ready_file(run_folder).read_text(encoding="ascii") == str(pid)
    except FileNotFoundError:
        return False
