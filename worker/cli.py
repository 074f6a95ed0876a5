"""The command line: `countersign COMMAND`.

Each command reads the settings, asks the rooms, and prints sentences; with `--json` one object
on standard output, and an exit status of 0 only if its `ok` is true. What goes wrong is a
sentence on standard error and status 1, a wrong call status 2; a traceback is never the answer.
Modules are imported by the command that needs them, so that `--help` answers at once.
"""

# ruff: noqa: PLC0415, FBT001 - imports are late on purpose (above); options come by position

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from worker.errors import CommandRefused, WorkerError
from worker.ready import address_file
from worker.settings import load_settings

if TYPE_CHECKING:
    from store.founding import Founded
    from worker.settings import Settings

_FAULT: Final = (
    "Something went wrong that should not have: {kind}: {error}. "
    "Please report it; with --trace it says where."
)
_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def main() -> None:
    """Run the command that was asked for, and end the process with its status."""
    try:
        status = commands(standalone_mode=False)
    except click.exceptions.Abort:
        status = _fail("Interrupted.", 130)
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain about it once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    except Exception as error:
        if "--trace" in sys.argv:
            raise
        status = _fail(_sentence(error), 1)
    sys.exit(status or 0)


def _sentence(error: Exception) -> str:
    """Return what to say about an error: its own words, if it is one of ours."""
    from sqlalchemy.exc import SQLAlchemyError

    from definitions.errors import DefinitionsError
    from store.errors import StoreError

    if isinstance(error, WorkerError | StoreError | DefinitionsError):
        return str(error)
    if isinstance(error, SQLAlchemyError):
        why = str(getattr(error, "orig", error)).strip()
        return f"The database can't be used: {why}. `countersign migrate` brings its tables up."
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename} can't be used: {error.strerror}."
    return _FAULT.format(kind=type(error).__name__, error=error)


def _fail(sentence: str, status: int) -> int:
    click.echo(sentence, err=True)
    return status


def _print_json(value: dict[str, Any]) -> int:
    click.echo(json.dumps(value, ensure_ascii=False))
    return 0 if value["ok"] else 1


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config", type=click.Path(path_type=Path), help="The settings file (COUNTERSIGN_CONFIG)."
)
@click.option("--trace", is_flag=True, help="Show where in the program an error arose.")
@click.version_option(package_name="countersign", prog_name="countersign")
@click.pass_context
def commands(context: click.Context, config: Path | None, trace: bool) -> None:  # noqa: ARG001
    """Runs an organisation's security policy as it is written."""
    context.obj = config


def _settings(context: click.Context) -> Settings:
    """Return the settings; a running embedded server is found by what it left behind."""
    settings = load_settings(context.find_object(Path))
    known = address_file(settings.run_folder)
    if settings.temporal.mode == "embedded" and not settings.temporal.address and known.exists():
        address = known.read_text(encoding="ascii")
        temporal = dataclasses.replace(settings.temporal, address=address)
        return dataclasses.replace(settings, temporal=temporal)
    return settings


@commands.command("up")
@click.option("--sample/--no-sample", default=None, help="Fill an empty database with a sample.")
@_as_json
@click.pass_context
def up_command(context: click.Context, sample: bool | None, as_json: bool) -> None:
    """Start everything on this machine; Ctrl-C stops it."""
    from worker.up import up, with_sample

    settings = with_sample(_settings(context), sample)
    up(settings, as_json=as_json, say=lambda sentence: click.echo(sentence, err=True))


@commands.command("init")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_as_json
@click.pass_context
def init_command(context: click.Context, file: Path, as_json: bool) -> int:
    """Set up a community from FILE (CSV: name, emails, roles, leads, language, lists, motion)."""
    from worker.prepare import found, prepared

    settings = _settings(context)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandRefused(f"{file} can't be read as UTF-8: {error}.") from error
    with prepared(settings) as (keys, database):
        founded = found(settings, keys, database, text)
    if as_json:
        return _print_json(_founded_json(founded))
    click.echo(f"The community has {len(founded.people)} people.")
    for finding in founded.findings:
        click.echo(f"Warning: {finding.sentence} (Policy {finding.section})")
    return 0


def _founded_json(founded: Founded) -> dict[str, Any]:
    return {
        "ok": True,
        "people": [
            {"id": person.id, "name": person.name, "roles": list(person.roles)}
            for person in founded.people
        ],
        "findings": [
            {"severity": found.severity, "section": found.section, "sentence": found.sentence}
            for found in founded.findings
        ],
    }


@commands.command("migrate")
@click.pass_context
def migrate_command(context: click.Context) -> None:
    """Bring the database up to date; register keys and definitions."""
    from worker.prepare import prepared

    with prepared(_settings(context)):
        click.echo("The database is up to date.")


@commands.command("worker")
@click.pass_context
def worker_command(context: click.Context) -> None:
    """Run the Temporal worker alone."""
    from worker.folders import make_folders
    from worker.worker_process import run_worker

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    settings = _settings(context)
    make_folders(settings)
    asyncio.run(run_worker(settings))


@commands.command("web")
@click.pass_context
def web_command(context: click.Context) -> None:
    """Run the web alone."""
    from worker.folders import make_folders
    from worker.stack import web_command as serving

    settings = _settings(context)
    make_folders(settings)
    host = f"[{settings.web.address}]" if ":" in settings.web.address else settings.web.address
    command = serving(f"{host}:{settings.web.port}")
    os.execve(command[0], command, os.environ | settings.environment())  # noqa: S606 - ours


@commands.command("link")
@click.argument("address")
@_as_json
@click.pass_context
def link_command(context: click.Context, address: str, as_json: bool) -> int:
    """Make a link by which the person with this ADDRESS signs in, once."""
    from worker.access_commands import make_link_told
    from worker.prepare import prepared

    settings = _settings(context)
    with prepared(settings, in_force=False) as (keys, database):
        linked = make_link_told(settings, keys, database, address)
    if linked is None:
        raise CommandRefused(f"Nobody in the community has the address {address}.")
    if as_json:
        return _print_json({"ok": True, **linked.to_json()})
    click.echo(linked.link)
    return 0


@commands.command("sign-out")
@click.argument("address")
@_as_json
@click.pass_context
def sign_out_command(context: click.Context, address: str, as_json: bool) -> int:
    """End all sessions and sign-in links of the person with this ADDRESS."""
    from worker.access_commands import sign_out
    from worker.prepare import prepared

    settings = _settings(context)
    with prepared(settings, in_force=False) as (keys, database):
        ended = sign_out(settings, keys, database, address)
    if ended is None:
        raise CommandRefused(f"Nobody in the community has the address {address}.")
    if as_json:
        return _print_json({"ok": True, **dataclasses.asdict(ended)})
    click.echo(f"Ended: {ended.sessions} sessions, {ended.links} links that weren't used yet.")
    return 0


@commands.group("definitions")
def definitions_commands() -> None:
    """Check the definitions; print their schema."""


@definitions_commands.command("check")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--staff", is_flag=True, help="Also ask who of today's directory could sign.")
@_as_json
@click.pass_context
def check_command(
    context: click.Context, paths: tuple[Path, ...], staff: bool, as_json: bool
) -> int:
    """Check the definitions, with those in PATHS (files or folders) among them."""
    from worker import staff_command
    from worker.definitions_commands import check, check_words

    folders = [path for path in paths if path.is_dir()]
    files = [path for path in paths if not path.is_dir()]
    found = check([*_settings(context).definitions.folders, *folders], files)
    people = staff_command.staff(_settings(context)) if staff else []
    if as_json:
        return _print_json(found | ({"staff": people} if staff else {}))
    click.echo(check_words(found))
    if staff:
        click.echo(staff_command.staff_words(people))
    return 0 if found["ok"] else 1


@definitions_commands.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of definitions, for editors."""
    from worker.definitions_commands import schema_text

    click.echo(schema_text(), nl=False)


@commands.group("record")
def record_commands() -> None:
    """Verify the record; export it."""


@record_commands.command("verify")
@click.option("--without-temporal", is_flag=True, help="Don't ask running cases for their heads.")
@_as_json
@click.pass_context
def verify_command(context: click.Context, without_temporal: bool, as_json: bool) -> int:
    """Verify every stream of the record."""
    from worker.record_commands import verify, verify_words

    found = asyncio.run(verify(_settings(context), ask_cases=not without_temporal))
    if as_json:
        return _print_json(found)
    click.echo(verify_words(found))
    return 0 if found["ok"] else 1


@record_commands.command("export")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.pass_context
def export_command(context: click.Context, file: Path | None) -> None:
    """Write the record as JSON Lines to FILE, or to standard output."""
    from worker.record_commands import export

    export(_settings(context), file)


@commands.command("backup")
@click.argument("folder", type=click.Path(path_type=Path))
@_as_json
@click.pass_context
def backup_command(context: click.Context, folder: Path, as_json: bool) -> int:
    """Copy database, Temporal's state and keys to FOLDER, which is made; all may run."""
    from worker.backup import backup
    from worker.operating_words import backup_words

    made = backup(_settings(context), folder)
    if as_json:
        return _print_json(made.to_json())
    click.echo(backup_words(made))
    return 0


@commands.command("restore")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--only", type=click.Choice(["database", "temporal"]), help="Leave the other as is.")
@click.option("--replace", is_flag=True, help="Keep what is there aside, and replace it.")
@_as_json
@click.pass_context
def restore_command(
    context: click.Context, folder: Path, only: str | None, replace: bool, as_json: bool
) -> int:
    """Put the backup in FOLDER back; nothing may run."""
    from worker.operating_words import restore_words
    from worker.restore import restore

    restored = restore(_settings(context), folder, only=only, replace=replace)
    if as_json:
        return _print_json(restored.to_json())
    click.echo(restore_words(restored))
    return 0


@commands.command("rebuild")
@click.option("--dry-run", is_flag=True, help="Only say what differs.")
@_as_json
@click.pass_context
def rebuild_command(context: click.Context, dry_run: bool, as_json: bool) -> int:
    """Make the inbox and all else that follows from the record anew from it."""
    from worker.operating_words import rebuild_words
    from worker.record_commands import rebuild_projections

    report = rebuild_projections(_settings(context), dry_run=dry_run)
    if as_json:
        return _print_json(report.to_json())
    click.echo(rebuild_words(report))
    return 0 if report.to_json()["ok"] else 1


@commands.command("reconcile")
@click.option("--dry-run", is_flag=True, help="Only say what would be done; change nothing.")
@click.option(
    "--leave-unread",
    is_flag=True,
    help="Go by the record alone where a history is sealed with a key that is lost.",
)
@_as_json
@click.pass_context
def reconcile_command(
    context: click.Context, dry_run: bool, leave_unread: bool, as_json: bool
) -> int:
    """Compare Temporal and the record, case by case, and mend what can be mended."""
    from worker.reconcile.command import reconcile
    from worker.reconcile.words import report_words

    report = asyncio.run(reconcile(_settings(context), dry_run=dry_run, leave_unread=leave_unread))
    if as_json:
        return _print_json(report.to_json())
    click.echo(report_words(report))
    return 0 if report.ok else 1


@commands.command("walk")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "all_", is_flag=True, help="Play all walks that the program brings.")
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Play a walk of your own.",
)
@click.option(
    "--definitions",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of your own definitions, which the walk is about.",
)
@click.option("--database", default="", help="The address of an empty database to play in.")
@_as_json
def walk_command(
    names: tuple[str, ...],
    all_: bool,
    file: Path | None,
    definitions: Path | None,
    database: str,
    as_json: bool,
) -> int:
    """Play the walks NAME: each the story of a case, over HTTP, in one stack of their own."""
    from worker.walks.command import play_walks
    from worker.walks.model import all_walks, load_walk, named_walk

    if sum((bool(names), all_, file is not None)) != 1:
        raise click.UsageError("Say which walk: its NAME, or --all, or --file FILE.")
    walks = [load_walk(file)] if file else all_walks() if all_ else map(named_walk, names)
    return play_walks(walks, as_json=as_json, definitions=definitions, database=database)
