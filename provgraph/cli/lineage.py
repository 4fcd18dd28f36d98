"""The commands that ask where files come from and what became of them."""

from __future__ import annotations

import sys
from typing import Any

import click

from provgraph.cli import show

RECORDS = click.argument("records", nargs=-1, required=True)
FORMAT = click.option(
    "--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True
)


@click.command()
@RECORDS
@click.option("--direction", type=click.Choice(["upstream", "downstream", "both"]), default="both", show_default=True)
@click.option("--depth", type=click.IntRange(min=0), help="How many runs away it reaches [all].")
@click.option("--until", multiple=True, metavar="RECORD", help="A record beyond which it does not go.")
@click.option("--type", "types", multiple=True, help="Keep the runs of transforms of this type.")
@click.option("--html", type=click.Path(dir_okay=False), help="Write the page to this file instead.")
def lineage(  # noqa: PLR0913, PLR0917 - a command's options
    records: tuple[str, ...],
    direction: str,
    depth: int | None,
    until: tuple[str, ...],
    types: tuple[str, ...],
    html: str | None,
) -> None:
    """Show what records were made from and what was made from them.

    A record is named by its key, name or uid, or by a file with its content.
    """
    pg = _opened()
    options: dict[str, Any] = {"depth": depth, "until": until, "types": types or None}
    picture = pg.lineage(records, direction, **options).view()
    if html is None:
        click.echo(picture.text(color=sys.stdout.isatty()))
    else:
        click.echo(picture.save(html))


@click.command()
@RECORDS
@FORMAT
def sources(records: tuple[str, ...], form: str) -> None:
    """List the files at the roots of records: those that no run made."""
    _list(_opened().sources(records), form)


@click.command()
@RECORDS
@FORMAT
def impact(records: tuple[str, ...], form: str) -> None:
    """List the files that were made from records, and say whom to tell."""
    found = _opened().impact(records)
    _list(found.artifacts, form)
    if users := found.users.list("handle"):
        click.echo(f"made by {', '.join(users)}", err=True)


@click.command()
@click.argument("one")
@click.argument("other")
def path(one: str, other: str) -> None:
    """Show how one file or run led to another, in one of the shortest ways."""
    found = _opened().path_between(one, other)
    if found is None:
        click.echo("neither led to the other", err=True)
        sys.exit(1)
    for record in found.chain:
        name = record.title() if record.label == "Artifact" else record.transform.title()
        click.echo(f"{record.label.lower():<8}  {record.uid}  {name}")


@click.command()
@RECORDS
def explain(records: tuple[str, ...]) -> None:
    """Write how records were made, step by step, as Markdown."""
    click.echo(_opened().explain(records), nl=False)


COMMANDS = (lineage, sources, impact, path, explain)


def _opened() -> Any:
    """Give provgraph with an open store; looking makes no instance."""
    import provgraph
    from provgraph.store import current

    current.existing()
    return provgraph


def _list(artifacts: Any, form: str) -> None:
    rows = artifacts.order_by("key").df()[["key", "description", "size", "created_at"]].reset_index()
    show.rows(list(rows.columns), rows.astype(object).where(rows.notna(), None).to_dict("records"), form)
