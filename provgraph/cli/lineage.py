"""The commands that ask where files come from and what became of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from provgraph.cli import show
from provgraph.cli.records import find_transform
from provgraph.store.messages import note

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provgraph.views import Picture

RECORDS = click.argument("records", nargs=-1, required=True)
FORMAT = click.option(
    "--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True
)
FORMS: Final = ("tree", "html", "svg", "mermaid", "dot", "json")


@click.command()
@RECORDS
@click.option("--direction", type=click.Choice(["upstream", "downstream", "both"]), default="both", show_default=True)
@click.option("--depth", type=click.IntRange(min=0), help="How many runs away it reaches [all].")
@click.option("--until", multiple=True, metavar="RECORD", help="A record beyond which it does not go.")
@click.option("--type", "types", multiple=True, help="Keep the runs of transforms of this type.")
@click.option("--html", type=click.Path(dir_okay=False), help="Write the page to this file instead.")
@click.option(
    "--format", "form", type=click.Choice(FORMS), help="What is written [tree, with --output what its suffix names]."
)
@click.option(
    "--output", type=click.Path(dir_okay=False), help="Write it to this file instead: .html, .svg, .mmd, .dot or .json."
)
def lineage(  # noqa: PLR0913, PLR0917 - a command's options
    records: tuple[str, ...],
    direction: str,
    depth: int | None,
    until: tuple[str, ...],
    types: tuple[str, ...],
    html: str | None,
    form: str | None,
    output: str | None,
) -> None:
    """Show what records were made from and what was made from them.

    A record is named by its key, name or uid, or by a file with its content.
    """
    pg = _opened()
    options: dict[str, Any] = {"depth": depth, "until": until, "types": types or None}
    picture = pg.lineage(records, direction, **options).view()
    if html:
        click.echo(picture.save(html))
    if output:
        click.echo(_saved(picture, output, form))
    elif form or not html:
        click.echo(_written(picture, form or "tree", color=show.is_terminal()).removesuffix("\n"))


@click.command()
@RECORDS
@FORMAT
def sources(records: tuple[str, ...], form: str) -> None:
    """List the files at the roots of records: those that no run made."""
    _list(_opened().sources(records), form)


@click.command()
@RECORDS
@click.option("--version", help="Of code: the version that was wrong, by its name, its uid's end or its hash [all].")
@FORMAT
def impact(records: tuple[str, ...], version: str | None, form: str) -> None:
    """List what was made from records or by code.

    Whom to tell, and what was also made by runs that are not affected, stands on the error stream.
    """
    found = _opened().impact(records, version)
    _list(found.artifacts, form)
    if users := found.users.list("handle"):
        note(f"made by {', '.join(users)}")
    if keys := [each.title() for each in found.reproduced]:
        note(f"also made by runs that are not affected: {', '.join(keys)}")


@click.command()
@click.argument("file")
@click.option("--by", "transform", metavar="TRANSFORM", help="Only the runs of this code.")
@FORMAT
def makers(file: str, transform: str | None, form: str) -> None:
    """List the runs that made a file, in the order in which they began."""
    columns = ["uid", "transform__name", "transform__version", "created_by__handle", "status", "started_at"]
    runs = _opened().makers(file, transform).list(*columns)
    names = ["uid", "transform", "version", "user", "status", "started_at"]
    _show(names, runs, form)


@click.command()
@RECORDS
@FORMAT
def contributors(records: tuple[str, ...], form: str) -> None:
    """List the users who made what records stand on."""
    users = _opened().contributors(records).list("handle", "name")
    _show(["handle", "name"], users, form)


@click.command(name="common")
@click.argument("one")
@click.argument("other")
@FORMAT
def common_ancestors(one: str, other: str, form: str) -> None:
    """List the files from which both records were made."""
    _list(_opened().common_ancestors(one, other).artifacts, form)


def _of_transform(relation: str, what: str) -> click.Command:
    """Make the command that lists transforms related to one."""

    @click.command(name=relation, help=f"List the transforms {what}.")
    @click.argument("transform")
    @FORMAT
    def command(transform: str, form: str) -> None:
        columns = ["name", "key", "type", "version", "uid"]
        found = getattr(find_transform(transform), relation).list(*columns)
        _show(columns, found, form)

    return command


OF_TRANSFORMS = tuple(
    _of_transform(relation, what)
    for relation, what in {
        "predecessors": "that made what this one read, or were named by hand",
        "successors": "that read what this one made, or were named to follow it",
        "ancestors": "before this one, the predecessors' too",
        "descendants": "after this one, the successors' too",
    }.items()
)


@click.command()
@click.argument("one")
@click.argument("other")
def path(one: str, other: str) -> None:
    """Show how one file or run led to another, in one of the shortest ways."""
    found = _opened().path_between(one, other)
    if found is None:
        note("neither led to the other")
        sys.exit(1)
    show.lines(repr(found))


@click.command()
@RECORDS
def explain(records: tuple[str, ...]) -> None:
    """Write how records were made, step by step, as Markdown."""
    show.lines(_opened().explain(records))


COMMANDS = (lineage, sources, impact, makers, contributors, path, common_ancestors, explain, *OF_TRANSFORMS)


def _written(picture: Picture, form: str, *, color: bool = False) -> str:
    if form == "tree":
        return picture.text(color=color)
    return picture.html if form == "html" else str(getattr(picture, f"to_{form}")())


def _saved(picture: Picture, path: str, form: str | None) -> Path:
    """Write what was asked for, else what the suffix names."""
    from provgraph.views import saving

    return saving.write(f"{_written(picture, form).rstrip()}\n", Path(path)) if form else picture.save(path)


def _opened() -> Any:
    """Give provgraph with an open store; looking makes no instance."""
    import provgraph
    from provgraph.store import current

    current.existing()
    return provgraph


def _show(columns: list[str], values: Iterable[tuple[Any, ...]], form: str) -> None:
    show.rows(columns, [dict(zip(columns, each, strict=True)) for each in values], form)


def _list(artifacts: Any, form: str) -> None:
    rows = artifacts.order_by("key").df()[["key", "description", "size", "created_at"]].reset_index()
    show.rows(list(rows.columns), rows.astype(object).where(rows.notna(), None).to_dict("records"), form)
