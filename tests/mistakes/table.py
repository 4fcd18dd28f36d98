"""Read the tables: what a person types, and the error that it must be.

A section names what is called. In it each mistake has two lines: what is typed, and indented below it the error's class
and its whole message, in which `...` stands for anything, as in doctests.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE: Final = Path(__file__).parent


@dataclass(frozen=True)
class Mistake:
    """What is typed, in the section of what is called, and what must come."""

    section: str
    typed: str
    kind: str
    message: str

    def fits(self, message: str) -> bool:
        """Say whether a whole message is the expected one."""
        pattern = ".*".join(map(re.escape, self.message.split("...")))
        return re.fullmatch(pattern, message, re.DOTALL) is not None

    def words(self) -> set[str]:
        """Give the names in what is typed."""
        nodes = list(ast.walk(ast.parse(self.typed)))
        attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        return attributes | {node.id for node in nodes if isinstance(node, ast.Name)}


def read(name: str) -> list[Mistake]:
    """Read one table."""
    return list(_read((HERE / f"{name}.txt").read_text(encoding="utf-8").splitlines()))


def _read(lines: list[str]) -> Iterator[Mistake]:
    section = typed = ""
    for line in lines:
        if line.startswith("["):
            section = line.strip("[]")
        elif line.startswith("    "):
            kind, _, message = line.strip().partition(": ")
            yield Mistake(section, typed, kind, message)
        elif line and not line.startswith("#"):
            typed = line


def do(typed: str, names: dict[str, Any]) -> object:
    """Do what is typed, an expression or an assignment."""
    try:
        code = compile(typed, "<typed>", "eval")
    except SyntaxError:
        code = compile(typed, "<typed>", "exec")
    return eval(code, dict(names))  # noqa: S307 - our own tables
