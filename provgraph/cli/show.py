"""Print answers: a table for a person, JSON or CSV for a program.

What a terminal would obey in a text of the data is replaced in tables, and in whatever else goes to a terminal.
"""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from provgraph.views.labels import clean

if TYPE_CHECKING:
    from collections.abc import Iterable


def facts(values: dict[str, Any], *, as_json: bool) -> None:
    """Print what is known of one thing, a line each; what is not known is left out."""
    if as_json:
        click.echo(json.dumps(_of_json(values), default=str, indent=2, allow_nan=False))
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in values.items():
        if value not in (None, "", []):
            table.add_row(Text(name, style="bold"), Text(_clean(value)))
    _console().print(table)


def rows(columns: list[str], listed: Iterable[dict[str, Any]], form: str) -> None:
    """Print rows as a table, as CSV or as JSON; numbers that JSON has not (NaN, infinity) are null there."""
    if form == "json":
        click.echo(json.dumps(_of_json(list(listed)), default=str, indent=2, allow_nan=False))
    elif form == "csv":
        lines = [columns, *([row[name] for name in columns] for row in listed)]
        shown = [[_clean(each) for each in line] for line in lines] if is_terminal() else lines
        csv.writer(sys.stdout or io.StringIO()).writerows(shown)
    else:
        table = Table()
        for name in columns:
            table.add_column(Text(_clean(name)))
        for row in listed:
            table.add_row(*(Text(_clean(row[name])) for name in columns))
        _console().print(table)


def lines(text: str) -> None:
    """Print lines, such as names of files: as they are into a pipe."""
    click.echo(_clean(text) if is_terminal() else text, nl=not text.endswith("\n"))


def value(text: str) -> Any:
    """Read a value as JSON where it is that (3, true, "3", ["a"]), else as the text it is.

    >>> value("3"), value("a b")
    (3, 'a b')
    """
    try:
        return json.loads(text)
    except ValueError:
        return text


def _of_json(value: Any) -> Any:
    """Give a record as its facts, and null for a number that JSON has not; RFC 8259 allows neither NaN nor infinity.

    >>> _of_json({"a": [1.5, float("nan"), "NaN"]})
    {'a': [1.5, None, 'NaN']}
    """
    if hasattr(value, "as_dict"):
        value = value.as_dict()
    if isinstance(value, dict):
        return {name: _of_json(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_of_json(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _clean(value: Any) -> str:
    """Give what a table shows of a value; the lines of a text stay lines."""
    return "" if value is None else "\n".join(map(clean, str(value).split("\n")))


def _console() -> Console:
    """Give a console as wide as the terminal; in a pipe wide enough to cut nothing."""
    return Console() if is_terminal() else Console(width=1000)


def is_terminal() -> bool:
    """Say whether what is printed goes to a terminal; the standard output may be closed."""
    return sys.stdout is not None and sys.stdout.isatty()
