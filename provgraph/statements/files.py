"""Find, read and check the `.cypher` files."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, get_args

from provgraph.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator

Mode = Literal["read", "write", "schema"]

TOKEN: Final = re.compile(
    r"""
    (?P<comment>//[^\n\r]*|/\*.*?\*/)
  | (?P<text>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")
  | (?P<quoted>`(?:``|[^`])*`)
  | (?P<parameter>\$(?:\w+|`[^`]*`))
  | (?P<word>\w+)
  | (?P<space>\s+)
  | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)
UNION: Final = re.compile(r"\s*\bUNION\s+ALL\b\s*")
HEADER: Final = re.compile(r"//\s*(mode|returns|parameters):\s*(.*?)\s*$")


@dataclass(frozen=True)
class Statement:
    """One statement: its name (`folder/file`), mode, the columns it returns, its parameters and its text."""

    name: str
    mode: Mode
    returns: tuple[str, ...]
    parameters: frozenset[str]
    text: str


def tokens(cypher: str) -> Iterator[tuple[str, str]]:
    """Split Cypher into (kind, text): comment, text, quoted, parameter, word, space or sign.

    >>> [text for kind, text in tokens("RETURN '$a' // $b") if kind == "parameter"]
    []
    """
    for match in TOKEN.finditer(cypher):
        yield str(match.lastgroup), match.group()


def used_parameters(cypher: str) -> frozenset[str]:
    """Name the parameters that a statement uses, without `$`.

    >>> sorted(used_parameters("MATCH (a {uid: $uid}) SET a.key = $key"))
    ['key', 'uid']
    """
    return frozenset(text[1:].strip("`") for kind, text in tokens(cypher) if kind == "parameter")


def parse(name: str, source: str) -> Statement:
    r"""Read one file's text; `SetupError` when its header and its statement disagree.

    >>> parse("a/b", "// mode: read\n// returns: one\n// parameters: x\nRETURN $x AS one").parameters
    frozenset({'x'})
    """
    header = {match[1]: match[2] for line in source.splitlines() if (match := HEADER.match(line))}
    mode: Mode = header.get("mode", "")  # type: ignore[assignment]  # checked in the next line
    if mode not in get_args(Mode) or header.keys() != {"mode", "returns", "parameters"}:
        raise SetupError(f"the statement '{name}' has no valid header", "Give its mode, returns and parameters.")
    declared, used = frozenset(_listed(header["parameters"])), used_parameters(source)
    if declared != used:
        raise SetupError(
            f"the statement '{name}' declares {sorted(declared)} and uses {sorted(used)}", "Make the two agree."
        )
    body = "".join(text for kind, text in tokens(source) if kind != "comment").strip().rstrip(";")
    return Statement(name, mode, tuple(_listed(header["returns"])), declared, body)


@functools.cache
def folder() -> Path:
    """Find `cypher/`: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parent.parent
    for place in (package / "_cypher", package.parent / "cypher"):
        if place.is_dir():
            return place
    raise SetupError("provgraph's folder of statements is missing", "Install provgraph again.")


@functools.cache
def load(name: str) -> Statement:
    """Load the statement `folder/file`, once for each process; `SetupError` when there is none or it is malformed."""
    path = folder() / f"{name}.cypher"
    if not path.is_file():
        raise SetupError(f"there is no statement '{name}'", f"It would be in {path}.")
    return parse(name, path.read_text(encoding="utf-8"))


@functools.cache
def bounded(name: str, hops: int | None, without: frozenset[str] = frozenset()) -> Statement:
    """Load a statement whose closures (`*0..`) go at most so many hops; None leaves them open.

    Cypher takes no parameter there, so the number is written into the text, once for each number. Of a union those
    parts are left out that use a parameter in `without`: lists that are empty, directions that nobody asked for. They
    would give nothing, and planning all eleven takes Neo4j a second.

    >>> "PREDECESSOR*0..3]->(x:Run)" in bounded("lineage/closure", 3).text
    True
    >>> bounded("lineage/closure", 3, frozenset({"artifacts", "runs", "transforms", "downstream"})).text.count("UNION")
    2
    """
    statement = load(name)
    parts = [each for each in UNION.split(statement.text) if not used_parameters(each) & without]
    text = "\nUNION ALL\n".join(parts)
    return replace(statement, text=text if hops is None else text.replace("*0..", f"*0..{int(hops)}"))


@functools.cache
def typed(name: str, **words: tuple[str, ...] | str) -> Statement:
    """Load a statement that stands for many labels or edge types; each word given is replaced by what it stands for.

    Cypher takes no parameter there. The names are quoted, so that no name becomes part of the query.

    >>> typed("backup/some", LABEL=("Run", "odd`one")).text.splitlines()[1]
    'MATCH (n:`Run`:`odd``one` {uid: uid})'
    """
    statement = load(name)
    quoted = {word: ":".join(map(_quoted, (of,) if isinstance(of, str) else of)) for word, of in words.items()}
    text = "".join(quoted.get(part, part) if kind == "word" else part for kind, part in tokens(statement.text))
    return replace(statement, text=text)


def _quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"


@functools.cache
def script(name: str) -> tuple[Statement, ...]:
    """Load a file of several statements, each ended by `;`; all have the file's name and mode.

    >>> {each.mode for each in script("migrations/0001_first")}
    {'schema'}
    """
    whole = load(name)
    parts = [""]
    for kind, text in tokens(whole.text):
        if (kind, text) == ("sign", ";"):
            parts.append("")
        else:
            parts[-1] += text
    texts = [text.strip() for text in parts if text.strip()]
    return tuple(Statement(name, whole.mode, (), used_parameters(text), text) for text in texts)


def names(below: str = "") -> list[str]:
    """List the statements below a folder of `cypher/`, by their full names, sorted."""
    root = folder()
    return sorted(path.relative_to(root).with_suffix("").as_posix() for path in (root / below).rglob("*.cypher"))


def _listed(text: str) -> list[str]:
    return [name for name in re.split(r"[,\s]+", text) if name and name != "none"]
