"""`provgraph shell`: ask the graph in Cypher, with history and completion."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final

import click
import platformdirs
from prompt_toolkit import PromptSession
from prompt_toolkit.completion import Completer, Completion
from prompt_toolkit.history import FileHistory
from prompt_toolkit.lexers import PygmentsLexer
from pygments.lexers.graph import CypherLexer

import provgraph as pg
from provgraph.cli import show
from provgraph.cli.completion import completions, properties
from provgraph.errors import ProvgraphError
from provgraph.models import EDGES, NODES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prompt_toolkit.completion import CompleteEvent
    from prompt_toolkit.document import Document

HELP: Final = """\
A query ends with ';' and may take several lines. It only reads, until ':write on'.
  :schema               the labels with their properties, and the edges
  :param NAME VALUE     set the parameter $NAME: JSON, else text
  :params               the parameters that are set
  :write on|off         allow queries to change the graph, or not
  :help                 this
  :exit                 leave (as exit, quit and Ctrl-D do); Ctrl-C drops what is typed"""

LEAVING: Final = frozenset({"exit", "quit"})
"""Words that leave, with a colon or as people type them; no query is one of them."""


class Shell:
    """What a person says, line by line, and what is printed for it."""

    def __init__(self) -> None:
        """Begin with nothing typed and no parameters."""
        self.parameters: dict[str, Any] = {}
        self.write = False
        self.is_over = False
        self._lines: list[str] = []

    @property
    def prompt(self) -> str:
        """What stands before the line to be typed."""
        return "        ...> " if self._lines else "provgraph> "

    def drop(self) -> None:
        """Forget what was typed and not ended."""
        self._lines = []

    def take(self, line: str) -> None:
        """Take one line: a command runs at once, a query when it ends with ';'."""
        said = line.strip()
        if not self._lines and said.removeprefix(":").rstrip("; ").lower() in LEAVING:
            self.is_over = True
            return
        if not self._lines and said.startswith(":"):
            self._command(said[1:].split(maxsplit=2))
            return
        if line.strip() or self._lines:
            self._lines.append(line)
        if line.rstrip().endswith(";"):
            query, self._lines = "\n".join(self._lines), []
            self._ask(query)

    def _ask(self, query: str) -> None:
        begun = time.perf_counter()
        try:
            answer = pg.cypher(query, self.parameters, write=self.write)
        except ProvgraphError as error:
            click.echo(f"Error: {error}", err=True)
            return
        took = (time.perf_counter() - begun) * 1e3
        if answer:
            show.rows(answer.columns, answer, "table")
        click.echo(f"{len(answer):,} row{'' if len(answer) == 1 else 's'}, {took:.0f} ms")

    def _command(self, words: list[str]) -> None:
        match words:
            case ["help"]:
                click.echo(HELP)
            case ["schema"]:
                click.echo("\n".join(schema()))
            case ["params"]:
                click.echo(json.dumps(self.parameters, default=str, indent=2))
            case ["param", name, value]:
                self.parameters[name.removeprefix("$")] = show.value(value)
            case ["write", "on" | "off" as choice]:
                self.write = choice == "on"
                click.echo("queries may change the graph" if self.write else "queries only read")
            case _:
                click.echo(f"Error: ':{' '.join(words)}' is no command. See :help", err=True)


class Completions(Completer):
    """Completes labels, edges, properties, parameters and words of Cypher."""

    def __init__(self, shell: Shell) -> None:
        """Take the shell whose parameters are known."""
        self._shell = shell

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """Give what can follow."""
        del complete_event
        begun, found = completions(document.text_before_cursor, self._shell.parameters)
        return (Completion(each, start_position=-len(begun)) for each in found)


def schema() -> list[str]:
    """Describe the graph: a line for each label with its properties, and for each edge.

    >>> [line for line in schema() if line.startswith("(Run)-[:RUN_OF]")]
    ['(Run)-[:RUN_OF]->(Transform)']
    """
    nodes = [f"(:{label})  {', '.join(properties(label))}" for label in NODES]
    edges = [
        f"({start})-[:{edge}]->({start if end == 'the same' else end})"
        for edge, (starts, end) in EDGES.items()
        for start in starts
    ]
    return [*nodes, "", *edges]


def run() -> None:
    """Read and answer until the end of the input."""
    shell = Shell()
    path = platformdirs.user_state_path("provgraph", ensure_exists=True) / "cypher_history"
    session: PromptSession[str] = PromptSession(
        history=FileHistory(str(path)), completer=Completions(shell), lexer=PygmentsLexer(CypherLexer)
    )
    click.echo("Cypher; a query ends with ';'. :help shows more, :exit leaves.")
    while not shell.is_over:
        try:
            shell.take(session.prompt(shell.prompt))
        except KeyboardInterrupt:
            shell.drop()
        except EOFError:
            return
