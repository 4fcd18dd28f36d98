"""Which installed packages a piece of code imports, and their versions."""

from __future__ import annotations

import ast
import re
import sys
from typing import TYPE_CHECKING, Final

from provgraph.probes.environment import Package, installed_packages, normal_name

if TYPE_CHECKING:
    from collections.abc import Iterable

MAGIC: Final = re.compile(
    r"^(?P<indent>[ \t]*)(?:[%!?].*|\w[\w.]*\?{1,2}[ \t]*|(?P<target>[\w., \t]+=)[ \t]*[%!].*)$",
    re.MULTILINE,
)
CELL_MAGIC: Final = re.compile(r"^\s*%%(?P<name>\w+)(?P<line>[^\n]*)(?:\n|$)")
PYTHON_MAGICS: Final = frozenset({"time", "timeit", "capture", "prun", "memit", "mprun", "python", "python3"})


def imported_packages(code: str | Iterable[str]) -> dict[str, str]:
    r"""Give the installed distributions that the code imports, with their versions, sorted by name.

    `code` is a source text or a list of cells; magics and shell lines are passed over, as are cells that are not
    Python. The standard library, local modules and what is not installed are left out. Nothing is imported.

    >>> list(imported_packages(["%matplotlib inline\nimport os", "from blake3 import blake3", "!ls"]))
    ['blake3']
    """
    cells = [code] if isinstance(code, str) else code
    names = {name for cell in cells for name in imported_names(cell)}
    wanted = {name for name in names if name.partition(".")[0] not in sys.stdlib_module_names}
    return {each.name: each.version for each in _owners(wanted)} if wanted else {}


def imported_names(cell: str) -> set[str]:
    r"""Give the dotted names that a cell imports, without relative imports; empty when it is not Python.

    >>> sorted(imported_names("import numpy as np, os.path\nfrom google.cloud import storage"))
    ['google.cloud.storage', 'numpy', 'os.path']
    """
    try:
        tree = ast.parse(_plain_python(cell))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    return {name for node in ast.walk(tree) for name in _names(node)}


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [f"{node.module}.{alias.name}".removesuffix(".*") for alias in node.names]
    return []


def _plain_python(cell: str) -> str:
    if found := CELL_MAGIC.match(cell):
        cell = cell[found.end() :] if found["name"] in PYTHON_MAGICS else ""
    return MAGIC.sub(lambda line: f"{line['indent']}{line['target'] + ' None' if line['target'] else 'pass'}", cell)


def _owners(names: set[str]) -> list[Package]:
    """Find each name's distribution: by its own name when it has that module, else by the lists of their files."""
    packages = installed_packages()
    by_name = {package.name: package for package in packages}
    found: dict[str, Package] = {}
    unknown: set[str] = set()
    for name in names:
        package = by_name.get(normal_name(name.partition(".")[0]))
        if package is not None and not _is_namespace(name.partition(".")[0], package):
            found[package.name] = package
        else:
            unknown.add(name)
    for package in _by_files(unknown, packages):
        found[package.name] = package
    return [found[name] for name in sorted(found)]


def _is_namespace(top: str, package: Package) -> bool:
    """Tell whether the distribution has a folder of this name without `__init__.py`, which others may share."""
    folder = package.record.parent / top
    return folder.is_dir() and not (folder / "__init__.py").exists()


def _by_files(names: set[str], packages: list[Package]) -> list[Package]:
    """Search the lists of installed files for the longest part of each dotted name; one read a distribution."""
    if not names:
        return []
    owners: dict[str, dict[int, list[Package]]] = {name: {} for name in names}
    for package in packages:
        listed = b"\n" + _files(package)
        for name, by_depth in owners.items():
            by_depth.setdefault(_depth(name, listed), []).append(package)
    deepest = [(max(by_depth, default=0), by_depth) for by_depth in owners.values()]
    return [package for depth, by_depth in deepest if depth for package in by_depth[depth]]


def _depth(name: str, listed: bytes) -> int:
    """Count how many parts of a dotted name are a package or module in a list of files."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        path = "/".join(parts[:length]).encode()
        if b"\n" + path + b"/" in listed or b"\n" + path + b".py," in listed or _extension(path, listed):
            return length
    return 0


def _extension(path: bytes, listed: bytes) -> bool:
    found = re.search(rb"\n" + re.escape(path) + rb"\.[^\n/,]*(?:so|pyd),", listed)
    return found is not None


def _files(package: Package) -> bytes:
    """Read RECORD, and the top-level names of older and editable installations as if they were folders."""
    return _content(package, "RECORD") + b"\n" + re.sub(rb"(?m)^(\S+)$", rb"\1/", _content(package, "top_level.txt"))


def _content(package: Package, name: str) -> bytes:
    try:
        return (package.record / name).read_bytes()
    except OSError:
        return b""
