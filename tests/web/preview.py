"""Every page with invented content, without the application: to look at and to test.

`python -m tests.web.preview FOLDER` writes one HTML file for each variant of each page, with
an index. The environment is as bare as Flask's own: autoescape, and `csrf_token` as the only
global, so that a template which takes anything but `page` fails here.
"""

import shutil
import sys
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tests.web import (
    preview_cases,
    preview_forms,
    preview_places,
    preview_public,
    preview_rulings,
    preview_together,
)
from web.page_models import Page

WEB = Path(__file__).resolve().parents[2] / "web"
STYLESHEET = WEB / "static" / "countersign.css"
TEMPLATES = WEB / "templates"


def environment() -> Environment:
    """The templates, with every undefined name an error."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
    env.globals["csrf_token"] = lambda: "token-for-the-preview"
    return env


def variants() -> dict[str, Page]:
    """Every page in several states, by a name that is also its file's."""
    rooms = (
        preview_places,
        preview_forms,
        preview_cases,
        preview_together,
        preview_rulings,
        preview_public,
    )
    return {name: page for room in rooms for name, page in room.pages().items()}


def render(page: Page, env: Environment | None = None) -> str:
    """A page as HTML, the way a view does it."""
    return (env or environment()).get_template(page.template).render(page=page)


def write(folder: Path) -> list[str]:
    """Write all variants, the stylesheet and an index; return the variants' names."""
    env = environment()
    (folder / "static").mkdir(parents=True, exist_ok=True)
    shutil.copy(STYLESHEET, folder / "static" / STYLESHEET.name)
    pages = variants()
    for name, page in pages.items():
        (folder / f"{name}.html").write_text(render(page, env), encoding="utf-8")
    index = "".join(f'<li><a href="{name}.html">{name}</a></li>' for name in pages)
    (folder / "index.html").write_text(
        f"<!DOCTYPE html><html lang=en><title>Pages</title><ul>{index}</ul>", encoding="utf-8"
    )
    return list(pages)


if __name__ == "__main__":
    sys.stdout.write("\n".join(write(Path(sys.argv[1]))) + "\n")
