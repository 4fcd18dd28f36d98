"""`%load_ext provgraph`: Cypher in the cells of a notebook.

The habits are those of ipython-sql (a line or a whole cell, `>> name` keeps the result, variables of the notebook as
parameters) and Neo4j's (`$name`). Source of the interface: https://ipython.readthedocs.io/en/stable/config/custommagics.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand

import provgraph as pg
from provgraph.errors import ProvgraphError
from provgraph.statements.files import used_parameters

if TYPE_CHECKING:
    import pandas as pd

    from provgraph.registries.lineage import Lineage

OPTIONS: Final = frozenset({"--graph", "--write"})
KEPT: Final = re.compile(r"^(?P<rest>.*?)\s*>>\s*(?P<name>[A-Za-z_]\w*)\s*$", re.DOTALL)


@magics_class
class CypherMagics(Magics):
    """The magics `%cypher` and `%%cypher`."""

    @no_var_expand
    @line_cell_magic
    def cypher(self, line: str, cell: str | None = None) -> pd.DataFrame | Lineage | None:
        """Run a Cypher query; it may only read, unless `--write`.

        %cypher [--graph] [--write] QUERY [>> NAME]

        %%cypher [--graph] [--write] [>> NAME]
        QUERY

        The result is a DataFrame, with `--graph` the runs and artifacts of the rows as a picture; `>> NAME` keeps it as
        a variable instead of showing it. A parameter `$name` takes the variable `name` of the notebook: a value, a
        record, a datetime, a path, a list, a DataFrame; `$space` is else this project's. It is never pasted into the
        query's text, whatever it holds.
        """
        options, rest, name = parsed(line)
        if cell is not None and rest:
            raise UsageError(f"'{rest}' is no option of %%cypher. Use --graph, --write and >> NAME; the query follows.")
        query = rest if cell is None else cell
        try:
            answer = pg.cypher(query, self._variables(query), write="--write" in options)
            result = answer.graph() if "--graph" in options else answer.df()
        except ProvgraphError as error:
            raise UsageError(str(error)) from None
        if name is None:
            return result
        self._notebook[name] = result
        return None

    @property
    def _notebook(self) -> dict[str, Any]:
        """The variables of the notebook."""
        return self.shell.user_ns if self.shell is not None else {}

    def _variables(self, query: str) -> dict[str, Any]:
        known = self._notebook
        wanted = {name for name in used_parameters(query) if name in known or name != "space"}
        if missing := sorted(wanted - known.keys()):
            raise UsageError(f"the query asks for ${missing[0]}, and there is no variable of that name. Set it first.")
        return {name: known[name] for name in wanted}


def parsed(line: str) -> tuple[set[str], str, str | None]:
    """Split a magic's line into its options, what follows them, and the name that keeps the result.

    >>> parsed("--graph MATCH (a) RETURN a >> found") == ({"--graph"}, "MATCH (a) RETURN a", "found")
    True
    """
    kept = KEPT.match(line)
    rest, name = (kept["rest"], kept["name"]) if kept else (line.strip(), None)
    options: set[str] = set()
    while (first := rest.partition(" ")[0]) in OPTIONS:
        options.add(first)
        rest = rest.removeprefix(first).strip()
    return options, rest.strip(), name
