"""The definition format as JSON Schema (2020-12), so that editors complete and check files.

`definitions/schema.json` is what `json_schema` returns, committed; the definitions' first line
points there. The schema says what `model.py` says and no more: references are `checks`' part.
"""

from __future__ import annotations

import json

from definitions.canonical import Json
from definitions.model import Body

SCHEMA_FILE = "schema.json"


def json_schema() -> dict[str, Json]:
    """Return the schema of a definition file."""
    schema = Body.model_json_schema(by_alias=True, mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_FILE,
        **schema,
        "title": "Definition of a process, for Countersign",
    }


def schema_text() -> str:
    """Return the schema as it stands in `schema.json`."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
