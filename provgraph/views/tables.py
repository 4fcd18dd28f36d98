"""Small tables of plain rows, for notebooks and terminals; all text is escaped and cleaned."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any, Final

from provgraph.views import labels

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Followed:
    """A cell that can be followed: a notebook shows its text, and on a click what is known of what it names."""

    text: str
    facts: Row

    def __str__(self) -> str:
        """Give the text."""
        return self.text


WIDTH: Final = 80
"""How many characters of one value a table shows."""
STYLE: Final = "text-align:left;vertical-align:top"


def repr_html(title: str, rows: Row | Sequence[Row], *, width: int = WIDTH, style: str = STYLE) -> str:
    """Give a table as HTML: of one mapping a line for each of its items, of several a line for each row.

    The columns are the keys of all rows, in the order in which they first come; None is an empty cell, values longer
    than `width` characters are shortened in the middle. Each cell carries its `style`; "" leaves that to the page.
    Nothing of the data can become a tag.

    >>> "<td" in repr_html("Artifact", {"key": "a.csv"}), "<b>" in repr_html("Artifact", {"key": "<b>"})
    (True, False)
    >>> "<summary>clean</summary>" in repr_html("Run", {"transform": Followed("clean", {"type": "script"})})
    True
    """
    styled = f' style="{style}"' if style else ""

    def cell(tag: str, value: object) -> str:
        return f"<{tag}{styled}>{_cell(value, width)}</{tag}>"

    if isinstance(rows, Mapping):
        lines = [cell("th", name) + cell("td", value) for name, value in rows.items()]
    else:
        columns = columns_of(rows)
        head = "".join(cell("th", name) for name in columns)
        lines = [head] + ["".join(cell("td", row.get(name)) for name in columns) for row in rows]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><caption{styled}>{_escape(title, width)}</caption><tbody>{body}</tbody></table>"


def text_table(title: str, rows: Row | Sequence[Row], *, width: int = 100) -> str:
    """Give the same as text of lines up to `width` characters; without rows it says that there are none.

    >>> print(text_table("Artifact", [{"key": "a.csv", "size": 12}]))
    Artifact
     key     size
    ──────────────
     a.csv   12
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(labels.clean(title)), title_justify="left", box=box.SIMPLE_HEAD, show_edge=False)
    if isinstance(rows, Mapping):
        rows = [{"field": name, "value": value} for name, value in rows.items()]
    columns = columns_of(rows)
    if not columns:
        return f"{labels.clean(title)}\n (none)"
    for name in columns:
        table.add_column(Text(labels.clean(name)), overflow="fold")
    for row in rows:
        table.add_row(*(Text(shown(row.get(name), WIDTH)) for name in columns))
    out = StringIO()
    Console(force_jupyter=False, file=out, width=width, color_system=None, legacy_windows=False).print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip().splitlines())


def columns_of(rows: Sequence[Row]) -> list[str]:
    """Give the keys of all rows, in the order in which they first come.

    >>> columns_of([{"a": 1}, {"b": 2, "a": 3}])
    ['a', 'b']
    """
    return list(dict.fromkeys(name for row in rows for name in row))


def shown(value: object, width: int = WIDTH) -> str:
    """Give a value as one short line; None is empty.

    >>> shown(None), shown(1.5), shown(["a", "b"])
    ('', '1.5', 'a, b')
    """
    if isinstance(value, list | tuple | set | frozenset):
        value = ", ".join(map(str, value))
    return "" if value is None else labels.short(value, width)


def _cell(value: object, width: int) -> str:
    if not isinstance(value, Followed):
        return _escape(value, width)
    facts = {name: fact for name, fact in value.facts.items() if fact not in (None, "", [])}
    return f"<details><summary>{_escape(value.text, width)}</summary>{repr_html('', facts, width=width)}</details>"


def _escape(value: object, width: int) -> str:
    return html.escape(shown(value, width))
