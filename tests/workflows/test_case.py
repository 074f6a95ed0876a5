"""A case as a workflow, against a real server and a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from definitions.definition import Definition
from definitions.loader import load_library
from tests.support.engine import Engine, make_engine, temporal_server

PACKAGES = {
    "packages": {
        "packages": [
            {
                "name": "jq",
                "architecture": "amd64",
                "old": "1.6-2.1",
                "new": "1.6-2.1+deb12u1",
                "origins": ["oldstable-security"],
                "security": True,
            }
        ]
    },
    "servers": "webdb",
    "reason": "A weakness in jq.",
}


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WorkflowEnvironment]:
    folder = tmp_path_factory.mktemp("server")
    async with temporal_server(folder) as environment:
        environment.folder = folder  # type: ignore[attr-defined]
        yield environment


@pytest.fixture
def patch() -> Definition:
    return load_library().current("system-patch")


@pytest.fixture
async def engine(
    server: WorkflowEnvironment, tmp_path: Path, patch: Definition
) -> AsyncIterator[Engine]:
    (tmp_path / "keys").symlink_to(server.folder / "keys")  # type: ignore[attr-defined]
    engine = make_engine(server.client, tmp_path, [patch])
    async with engine.worker():
        yield engine
    engine.database.close()


async def test_a_patch_from_form_to_done(engine: Engine, patch: Definition) -> None:
    opening = engine.act(patch, "bo", "open", values=PACKAGES)
    opened, handle = await engine.open(patch, opening)
    assert opened.accepted, opened
    case = opening.act["id"]

    async def sign(who: str, step: str, seat: str, outcome: str, **values: object) -> None:
        signed = engine.act(
            patch,
            who,
            "sign_off",
            state=engine.state(case),
            step=step,
            seat=seat,
            outcome=outcome,
            values=values,
        )
        result = await engine.send(signed)
        assert result.accepted, result.refusal
        again = await engine.send(signed)
        assert again == result

    await sign("ada", "approval", "lead", "approve")
    await sign("bo", "applying", "executor", "applied")
    refused = await engine.send(
        engine.act(
            patch,
            "bo",
            "sign_off",
            state=engine.state(case),
            step="applying",
            seat="observer",
            outcome="applied",
        )
    )
    assert refused.refusal is not None
    assert refused.refusal["code"] == "signed-already"
    await sign("cy", "applying", "observer", "applied")
    await sign("bo", "documenting", "scribe", "document", log_entry="Done on webdb.")
    assert await handle.result() == "done"
    assert engine.state(case).ended == "done"
    assert len(list((engine.folder / "mail").glob("*.eml"))) > 0
