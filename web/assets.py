"""Static files under addresses that hold their content's hash, so that browsers keep them for good.

Another content has another address; an address with an old hash isn't found.
"""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from flask import current_app, url_for

from definitions.canonical import sha256

if TYPE_CHECKING:
    from flask import Flask

_FOLDER = Path(__file__).parent / "static"
_NAME = "countersign-assets"
_HASH_LENGTH = 16


@dataclass(frozen=True)
class Asset:
    """A static file, held in memory: there are few and they are small."""

    content: bytes
    media_type: str
    hash: str


def install_assets(app: Flask) -> None:
    """Read the static files, and give templates `static_url(name)`."""
    app.extensions[_NAME] = {
        file.relative_to(_FOLDER).as_posix(): _asset(file)
        for file in sorted(_FOLDER.rglob("*"))
        if file.is_file()
    }
    app.jinja_env.globals["static_url"] = static_url


def static_url(name: str) -> str:
    """Return the address of a static file.

    Raises:
        KeyError: There is none of that name.
    """
    return url_for("system.static", digest=_assets()[name].hash, name=name)


def find_asset(digest: str, name: str) -> Asset | None:
    """Return a static file, if its content has that hash."""
    asset = _assets().get(name)
    return asset if asset is not None and asset.hash == digest else None


def _assets() -> dict[str, Asset]:
    return cast("dict[str, Asset]", current_app.extensions[_NAME])


def _asset(file: Path) -> Asset:
    content = file.read_bytes()
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    if media_type.startswith("text/"):
        media_type += "; charset=utf-8"
    return Asset(content, media_type, sha256(content)[:_HASH_LENGTH])
