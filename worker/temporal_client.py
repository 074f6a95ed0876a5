"""Connects to Temporal: to the embedded server, or to any cluster, as the settings say."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from google.protobuf.duration_pb2 import Duration
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, UpdateNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode, TLSConfig

from worker.codec import data_converter
from worker.errors import PartFailed, SettingsError
from worker.rooms import make_clock, security_log
from worker.settings import read_secret

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from temporalio.client import Interceptor

    from worker.keys import CodecRing
    from worker.settings import Settings

_ASK_AGAIN_SECONDS: Final = 0.05
_PASSING: Final = frozenset(
    {RPCStatusCode.UNAVAILABLE, RPCStatusCode.NOT_FOUND, RPCStatusCode.DEADLINE_EXCEEDED}
)


async def connect(
    settings: Settings,
    ring: CodecRing,
    *,
    seconds: float = 30.0,
    lazy: bool = False,
    interceptors: Sequence[Interceptor] = (),
) -> Client:
    """Return a client whose payloads are sealed.

    Args:
        settings: say where and how.
        ring: the keys of the codec.
        seconds: for how long to ask again while the server isn't up yet.
        lazy: connect at the first call, instead of now.
        interceptors: as the SDK takes them.

    Raises:
        SettingsError: a file that the settings name can't be read, or there is no address.
        PartFailed: the server doesn't answer, or refuses us.
    """
    log = security_log(settings, make_clock(settings), "worker")
    temporal = settings.temporal
    if not temporal.address:
        raise SettingsError(
            "temporal.address isn't set, so there is no Temporal server to speak to. "
            "`countersign up` sets it for the server that it starts."
        )
    until = time.monotonic() + seconds
    tls, api_key = _tls(settings), _api_key(settings)
    while True:
        try:
            client = await Client.connect(
                temporal.address,
                namespace=temporal.namespace,
                data_converter=data_converter(
                    ring, lambda why: log.record("payload-refused", why=why)
                ),
                tls=tls,
                api_key=api_key,
                lazy=lazy,
                interceptors=list(interceptors),
            )
            if not lazy:
                await client.count_workflows()  # the namespace is there
        except (RuntimeError, RPCError) as error:
            passing = not isinstance(error, RPCError) or error.status in _PASSING
            if not passing or time.monotonic() > until:
                raise PartFailed(
                    f"The Temporal server at {temporal.address} can't be used: {error}"
                ) from error
            await asyncio.sleep(_ASK_AGAIN_SECONDS)
        else:
            return client


async def keep_ended_cases(client: Client, days: int) -> timedelta:
    """Let the client's namespace keep ended cases for so many days.

    Returns:
        What it was before.

    Raises:
        temporalio.service.RPCError: the server doesn't answer, or there is no such namespace.
    """
    service = client.workflow_service
    described = await service.describe_namespace(
        DescribeNamespaceRequest(namespace=client.namespace)
    )
    before = described.config.workflow_execution_retention_ttl.ToTimedelta()
    wanted = timedelta(days=days)
    if before != wanted:
        length = Duration()
        length.FromTimedelta(wanted)
        await service.update_namespace(
            UpdateNamespaceRequest(
                namespace=client.namespace,
                config=NamespaceConfig(workflow_execution_retention_ttl=length),
            )
        )
    return before


def _tls(settings: Settings) -> TLSConfig | bool:
    temporal = settings.temporal
    files = (temporal.tls_ca_file, temporal.tls_certificate_file, temporal.tls_key_file)
    if not any(files) and not temporal.tls_server_name:
        return temporal.tls or temporal.api_key_file is not None
    return TLSConfig(
        server_root_ca_cert=_bytes(temporal.tls_ca_file, "temporal.tls_ca_file"),
        domain=temporal.tls_server_name or None,
        client_cert=_bytes(temporal.tls_certificate_file, "temporal.tls_certificate_file"),
        client_private_key=_bytes(temporal.tls_key_file, "temporal.tls_key_file"),
    )


def _api_key(settings: Settings) -> str | None:
    file = settings.temporal.api_key_file
    return read_secret(file, "temporal.api_key_file") if file else None


def _bytes(file: Path | None, setting: str) -> bytes | None:
    return f"{read_secret(file, setting)}\n".encode() if file else None
