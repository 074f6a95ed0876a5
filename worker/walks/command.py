"""`countersign walk`: plays walks and prints a step a line, or one JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from worker.walks.model import Walk
from worker.walks.player import Played, Player
from worker.walks.site import Site, own_site


def play_walks(
    walks: Iterable[Walk], *, as_json: bool, definitions: Path | None = None, database: str = ""
) -> int:
    """Play walks against one stack in a temporary folder; returns the exit status.

    Args:
        definitions: a folder with more definitions than the program brings. Their parts must
            fit, as at every start; nothing asks whether their invariants hold, so that a
            counterexample can be played.
        database: the address of an empty database; empty for SQLite in the folder.
    """
    told = []
    with own_site(definitions, database) as site:
        for walk in walks:
            if not as_json:
                click.echo(f"\n{walk.walk} ({walk.kind}): {walk.title}")
            told.append(_json(walk, _played(site, walk, as_json=as_json)))
    ok = bool(told) and all(walk["ok"] for walk in told)
    if as_json:
        click.echo(json.dumps({"ok": ok, "walks": told}, ensure_ascii=False))
    else:
        wrong = sum(not walk["ok"] for walk in told)
        played = f"{len(told)} walk{'' if len(told) == 1 else 's'} played"
        click.echo(f"\n{played}; {wrong or 'none'} went wrong.")
    return 0 if ok else 1


def _played(site: Site, walk: Walk, *, as_json: bool) -> list[Played]:
    steps = []
    for step in Player(site, walk).play():
        steps.append(step)
        if not as_json:
            mark = "ok   " if step.ok else "WRONG"
            click.echo(f"  {mark} {step.do}" + ("" if step.ok else f"\n        {step.detail}"))
    return steps


def _json(walk: Walk, steps: list[Played]) -> dict[str, Any]:
    complete = len(steps) == len(walk.story)
    return {
        "walk": walk.walk,
        "process": walk.process,
        "kind": walk.kind,
        "ok": complete and all(step.ok for step in steps),
        "steps": [step.to_json() for step in steps],
    }
