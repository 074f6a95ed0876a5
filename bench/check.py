"""How the proof grows: definitions with more steps in a row or side by side, seats, and like roles.

python bench/check.py [--json] [--most STATES]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from typing import Any

from definitions.definition import Definition
from definitions.exclusivity import load_exclusivity
from definitions.loader import load_library
from definitions.proof import prove

ROLES = ("systems-administrator", "tester", "software-assessor", "board-member", "arbitrator")


LIKE = ("systems-administrator", "access-engineer", "support-engineer")


def synthetic(rows: int, beside: int, seats: int, count: int, like: int = 0) -> dict[str, Any]:
    """Return a definition.

    Args:
        rows: stages one after the other.
        beside: steps side by side in each of them.
        seats: seats of each step.
        count: signatures of each seat.
        like: so many more roles may fill each seat, which nothing tells apart.
    """
    states: dict[str, Any] = {}
    steps: dict[str, Any] = {}
    for row in range(rows):
        onward = f"stage_{row + 1}" if row + 1 < rows else "ended"
        names = [f"step_{row}_{number}" for number in range(beside)]
        if beside == 1:
            states[f"stage_{row}"] = {
                "initial": names[0],
                "states": {names[0]: {"on": {f"{names[0]}_good": onward}}},
                "on": {f"{names[0]}_bad": "refused"},
            }
        else:
            states[f"stage_{row}"] = {
                "parallel": {f"region_{name}": _region(name) for name in names},
                "on": {"done": onward} | {f"{name}_bad": "refused" for name in names},
            }
        for number, name in enumerate(names):
            roles = [ROLES[(number + i) % len(ROLES)] for i in range(seats)]
            steps[name] = _step(name, [LIKE[0]] * seats if like else roles, count)
            for seat in steps[name]["seats"].values():
                seat["or"] = list(LIKE[1 : like + 1])
    return {
        "process": f"synthetic-{rows}-{beside}-{seats}-{count}{f'-like-{like}' if like else ''}",
        "title": "Synthetic",
        "summary": "Synthetic",
        "policy": ["4.1"],
        "number": "y",
        "rules": 1,
        "start": {
            "roles": ["member"],
            "fields": {"topic": {"type": "string", "title": "Topic", "required": True}},
        },
        "machine": {
            "initial": "stage_0",
            "states": {**states, "ended": {"final": True}, "refused": {"final": True}},
        },
        "steps": steps,
        "amend": {"fields": ["topic"], "during": [f"stage_{row}" for row in range(rows)]},
        "invariants": [
            {"before": "ended", "people": seats * count, "in": list(steps), "policy": "4.1",
             "firm": True},
        ],
    }  # fmt: skip


def _region(name: str) -> dict[str, Any]:
    states = {name: {"on": {f"{name}_good": f"{name}_end"}}, f"{name}_end": {"final": True}}
    return {"initial": name, "states": states}


def _step(name: str, roles: list[str], count: int) -> dict[str, Any]:
    return {
        "title": name,
        "policy": "4.1",
        "seats": {f"seat{i}": {"role": role, "count": count} for i, role in enumerate(roles)},
        "outcomes": {"good": {"event": f"{name}_good"}, "bad": {"event": f"{name}_bad"}},
        "covers": {"fields": ["topic"], "reopen": name},
    }


SIZES = (
    *((rows, 1, 2, 1) for rows in (1, 2, 3, 4)),
    *((1, beside, 1, 1) for beside in (2, 3, 4)),
    *((1, 1, seats, 1) for seats in (3, 4, 5)),
    *((1, 1, 1, count) for count in (3, 6, 12)),
    (1, 2, 2, 1),
    (2, 2, 1, 1),
    *((3, 1, 1, 3, like) for like in (0, 1, 2)),
)


def figures(most: int) -> Iterator[dict[str, Any]]:
    """Prove each definition once; yield its states, seconds of CPU and states per second."""
    ours = [(each.process, each) for each in load_library().definitions()]
    matrix = load_exclusivity().to_json()
    drawn = [Definition.build(synthetic(*size), matrix) for size in SIZES]
    for name, definition in (*ours, *((each.process, each) for each in drawn)):
        begun = time.process_time()
        proof = prove(definition, most)
        seconds = time.process_time() - begun
        yield {
            "name": f"check_{name.replace('-', '_')}",
            "ours": round(seconds, 3),
            "states": proof.configurations,
            "states_per_second": round(proof.configurations / seconds) if seconds else 0,
            "too_large": proof.configurations > most,
        }


def main() -> None:
    """Print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--most", type=int, default=200_000, help="states of one definition")
    options = parser.parse_args()
    if options.json:
        print(json.dumps({"figures": list(figures(options.most))}))
        return
    print(f"{'definition':<40} {'states':>9} {'seconds':>8} {'per second':>11}")
    for row in figures(options.most):
        more = "  too large" if row["too_large"] else ""
        name, states, rate = row["name"], row["states"], row["states_per_second"]
        print(f"{name:<40} {states:>9,} {row['ours']:>8.2f} {rate:>11,}{more}", flush=True)


if __name__ == "__main__":
    main()
