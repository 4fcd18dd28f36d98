"""The commands of `provgraph`."""

from __future__ import annotations

import sys
from typing import Any

import click

import provgraph as pg
from provgraph.cli.failures import Commands
from provgraph.cli.lineage import COMMANDS
from provgraph.errors import InvalidValueError
from provgraph.store.messages import note
from provgraph.words import counted

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(pg.__version__, prog_name="provgraph")
@click.option("--debug", is_flag=True, help="Show where in the code an error came up; stands before the command.")
def main(debug: bool) -> None:
    """Know which run of which code by whom made each file, and from what."""
    del debug  # failures.Commands reads it


@main.command()
@click.argument("path", type=click.Path(exists=True, file_okay=False), required=False)
@click.option("--storage", type=click.Path(), help="The folder in which files lie [.provgraph/storage].")
@click.option("--url", help="A Neo4j server, as neo4j://host:7687, or local [local].")
@click.option("--name", help="The name of the space [the folder's name].")
@click.option("--shared", is_flag=True, help="Allow a database that holds nodes of others.")
def init(path: str | None, storage: str | None, url: str | None, name: str | None, shared: bool) -> None:
    """Make or change the instance of a folder. Safe to repeat."""
    pg.init(path, storage=storage, url=url, name=name, shared=shared)


@main.command()
@click.argument("target", metavar="URL|local|FOLDER")
def connect(target: str) -> None:
    """Use the store at a server's URL from now on.

    With 'local' go back to the local engine. With a FOLDER show the store of that folder; work there to use it.
    """
    pg.connect(target)


@main.command()
@JSON
def info(as_json: bool) -> None:
    """Say which store this is.

    Exits with 1 when its graph cannot be reached.
    """
    from provgraph.store import operations

    facts, trouble = operations.known()
    _show_facts(facts, as_json=as_json)
    if trouble is not None:
        raise trouble


@main.command()
@click.argument("name", required=False)
@click.argument("value", required=False)
@click.option("--unset", is_flag=True, help="Forget what this project says of the setting.")
@JSON
def settings(name: str | None, value: str | None, unset: bool, as_json: bool) -> None:
    """Show every setting, its value, and where it comes from.

    The graph is not needed. With NAME show one value; with NAME and VALUE keep it for all later processes of this
    project.
    """
    from provgraph.store import current
    from provgraph.store.instances.settings import NAMES, ROOT, no_setting
    from provgraph.store.setup import keep_setting

    if unset and (name is None or value is not None):
        raise InvalidValueError("--unset forgets one setting", "Give its name alone: provgraph settings NAME --unset.")
    if name is not None and (unset or value is not None):
        keep_setting(name, None if unset else _value(value or ""))
        return
    if name not in {None, *NAMES, ROOT}:
        raise no_setting(str(name), [*NAMES, ROOT])
    found = current.settings()
    if (here := current.found()) is not None:
        found.tell(here.file)
    if name is not None:
        _show_lines(str(getattr(found, name)))
        return
    rows = [{"setting": name, "value": found.as_dict()[name], "from": source} for name, source in found.where().items()]
    _show_rows(["setting", "value", "from"], rows, "json" if as_json else "table")


@main.command()
@click.argument("handle")
@click.option("--name", help="Your full name.")
def login(handle: str, name: str | None) -> None:
    """Remember who I am, for all later processes."""
    pg.login(handle, name)


@main.command()
def logout() -> None:
    """Forget who I am."""
    pg.logout()


@main.command()
@click.option("--force", is_flag=True, help="Delete although the space holds records.")
@click.option("--backups", is_flag=True, help="Remove the backups that were kept by themselves, too.")
def delete(force: bool, backups: bool) -> None:
    """Delete the instance: its records, and the files that provgraph wrote."""
    pg.delete(force=force, backups=backups)


@main.command()
@click.argument("file", type=click.Path())
@click.option("--files", is_flag=True, help="Take the stored files along.")
def backup(file: str, files: bool) -> None:
    """Write the records into FILE, from which restore gets them back.

    It is a zip of JSON lines, readable by any program. Others may work meanwhile.
    """
    pg.backup(file, files=files)


@main.command()
@click.argument("file", type=click.Path(), required=False)
@click.option("--last", is_flag=True, help="Take the newest backup that was kept by itself.")
@click.option("--url", help="A Neo4j server to restore to, as neo4j://host:7687, or local.")
def restore(file: str | None, last: bool, url: str | None) -> None:
    """Get the records of a backup back, into a project that has none.

    All of FILE is checked first, and the graph afterwards. Safe to repeat.
    """
    if last is (file is not None):
        raise InvalidValueError("one backup is to be named", "Give its FILE, or --last for the newest that was kept.")
    pg.restore(file, url=url)


@main.command()
def stop() -> None:
    """Stop the local engine; it starts again by itself."""
    pg.stop()


@main.command()
@click.option("--retry-refused", is_flag=True, help="Try again what could not be brought in before.")
@click.option("--kept-for", metavar="URL", help="Bring in here what was kept for another, mistyped or older, address.")
def sync(retry_refused: bool, kept_for: str | None) -> None:
    """Bring in what was recorded while the graph could not be reached.

    Exits with 1 when some of it cannot be brought in, or was put aside before.
    """
    found = pg.sync(retry_refused=retry_refused, kept_for=kept_for)
    click.echo(str(found))
    sys.exit(0 if found.is_whole else 1)


@main.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False))
@click.option("--exclude", multiple=True, help="A pattern to leave out, as in .gitignore.")
@click.option("--dry-run", is_flag=True, help="Only list the files.")
def add(folder: str, exclude: tuple[str, ...], dry_run: bool) -> None:
    """Take in the files of a folder, where they lie."""
    from provgraph.store import current

    files = pg.add(folder, exclude=exclude, dry_run=dry_run)
    if dry_run:
        _show_lines("\n".join(map(str, files)))
    else:
        done = f"registered {counted(len(files), 'file')}"
        click.echo("recording is off: nothing is kept" if current.is_off() else done)


@main.command()
@click.option("--limit", type=click.IntRange(0), default=7, show_default=True, help="So many of each.")
def view(limit: int) -> None:
    """Show the recent records of every registry."""
    from provgraph.store import current

    current.existing()
    pg.view(limit)


@main.command()
@click.argument("record")
@click.option("--load", is_flag=True, help="Print the path of the artifact's file.")
@JSON
def get(record: str, load: bool, as_json: bool) -> None:
    """Show one record, by uid, key or name."""
    from provgraph.cli.records import file_of, find
    from provgraph.registries.frames import belonging, related

    if load and as_json:
        raise InvalidValueError("--load gives a path and --json a record, not both", "Give one of them.")
    found = find(record)
    if load:
        _show_lines(str(file_of(found)))
    else:
        around = related(found) if as_json else {name: _named(each) for name, each in belonging(found).items()}
        _show_facts({"registry": found.label, **found.as_dict(), **around}, as_json=as_json)


def _named(what: Any) -> str:
    """Name what a record belongs to so that a person can go on from there: a run without a name by its uid, too."""
    uid, is_named = what.facts.get("uid"), str(what) in {what.facts.get("name"), what.facts.get("key")}
    return f"{what} ({uid})" if uid and not is_named else str(what)


@main.command()
@click.option("--repair", is_flag=True, help="Mend the edges that follow from who read and made what.")
def check(repair: bool) -> None:
    """Say what in the graph is not as it must be.

    Exits with 1 when there is anything.
    """
    found = pg.check(repair=repair)
    for each in found:
        _show_lines(str(each))
    note(counted(len(found), "finding") if found else "all is well")
    sys.exit(1 if found else 0)


@main.command()
@click.argument("files", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Read every file, and check the graph [without FILES].")
@click.option("--sample", type=click.IntRange(1), help="Read so many files, chosen at random.")
@click.option("--restart", is_flag=True, help="Begin anew where an earlier one was interrupted.")
@JSON
def verify(files: tuple[str, ...], everything: bool, sample: int | None, restart: bool, as_json: bool) -> None:
    """Read every byte of files and say which are no longer what was saved.

    FILES are keys, uids, or files on disk. Exits with 1 when anything is wrong.
    """
    if everything and (files or sample):
        raise InvalidValueError("--all and some files cannot both be verified", "Give one of them.")
    found = pg.verify(*files, sample=sample, restart=restart)
    if as_json:
        _show_facts(found.as_dict(), as_json=True)
    else:
        _show_lines(str(found))
    sys.exit(0 if found.is_well else 1)


@main.command()
@click.option("--dry-run", is_flag=True, help="Only list the files.")
@click.option("--older-than", type=float, metavar="HOURS", help="Leave younger files alone, 12 at least [24].")
def gc(dry_run: bool, older_than: float | None) -> None:
    """Remove the files that a crash left behind, and nothing else."""
    found = pg.gc(dry_run=dry_run, **({} if older_than is None else {"older_than": older_than}))
    for each in found:
        _show_lines(str(each))
    would = "would be removed" if dry_run else "removed"
    note(f"{counted(len(found), 'file')}, {counted(sum(each.size for each in found), 'byte')} {would}")


@main.command()
@click.argument("query", default="-")
@click.option("--write", is_flag=True, help="Allow the query to change the graph.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
@click.option("--param", multiple=True, metavar="NAME=VALUE", help="A parameter of the query: JSON, else text.")
def cypher(query: str, write: bool, form: str, param: tuple[str, ...]) -> None:
    """Run a Cypher query, read from the standard input when it is '-'."""
    if query == "-" and sys.stdin is None:
        raise InvalidValueError("the standard input is closed, so no query comes from it", "Give a query.")
    text = sys.stdin.buffer.read().decode("utf-8", "surrogateescape") if query == "-" else query
    parameters = dict(_parameter(each) for each in param)
    answer = pg.cypher(text, write=write, **parameters)
    _show_rows(answer.columns, answer, form)


@main.command()
def shell() -> None:
    """Ask the graph in Cypher, with history and completion."""
    from provgraph.store import current

    if sys.stdin is None or not sys.stdin.isatty():
        raise InvalidValueError("this is no terminal", "Give a query: provgraph cypher 'MATCH ...', or - for a pipe.")
    current.existing()
    from provgraph.cli.shell import run

    run()


@main.command()
@click.argument("folder", type=click.Path(file_okay=False), default="provgraph-demo")
def demo(folder: str) -> None:
    """Run a whole project in a new folder, and show its lineage."""
    from provgraph.demo import run

    run(folder)


for each in COMMANDS:
    main.add_command(each)


def _parameter(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise click.BadParameter(f"'{text}' is not NAME=VALUE", param_hint="--param")
    return name, _value(value)


def _value(text: str) -> Any:
    from provgraph.cli import show

    return show.value(text)


def _show_facts(facts: dict[str, Any], *, as_json: bool) -> None:
    from provgraph.cli import show

    show.facts(facts, as_json=as_json)


def _show_rows(columns: list[str], rows: list[dict[str, Any]], form: str) -> None:
    from provgraph.cli import show

    show.rows(columns, rows, form)


def _show_lines(text: str) -> None:
    from provgraph.cli import show

    show.lines(text)
