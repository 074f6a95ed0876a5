"""The histories that are kept, and the key that opens them: made for them, used for nothing else.

What they hold was invented; the key is no secret.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Final

from worker.keys import CodecRing

FOLDER: Final = Path(__file__).parents[1] / "histories"
TICKS: Final = FOLDER / "ticks"
"""Those of what schedules start; the others are of cases."""
_KEY: Final = "these-histories-are-of-tests-only"[:32].encode()
RING: Final = CodecRing("tests-only", {"tests-only": _KEY})


def ring_text() -> str:
    """Return the ring as the file of keys holds it."""
    keys = {id_: base64.b64encode(key).decode() for id_, key in RING.keys.items()}
    return json.dumps({"current": RING.current, "keys": keys})
