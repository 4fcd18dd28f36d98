"""Packages of npm that tests need: real parsers of what provgraph writes. Each is one file without dependencies."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from typing import TYPE_CHECKING, Final

from filelock import FileLock

from tests.support.neo4j_server import CACHE
from tests.support.skips import lacking

if TYPE_CHECKING:
    from pathlib import Path

NEEDED: Final = "Mermaid and DOT are read by their own parsers, from npm: apt-get install nodejs npm"
MERMAID: Final = ("mermaid@12.3.0", "dist/mermaid.min.js")
GRAPHVIZ: Final = ("@hpcc-js/wasm-graphviz@1.29.2", "dist/index.js")


def file(package: tuple[str, str]) -> Path:
    """Give a package's file, fetched once; without npm skip with one line, with CI=true fail."""
    if not (shutil.which("npm") and shutil.which("node")):
        lacking(NEEDED)
    name, inside = package
    folder = CACHE / name.replace("/", "-").lstrip("@")
    if not folder.is_dir():
        CACHE.mkdir(exist_ok=True)
        with FileLock(CACHE / "npm.lock"):
            if not folder.is_dir():
                _fetch(name, inside, folder)
    return folder / "package" / inside


def _fetch(name: str, inside: str, folder: Path) -> None:
    """Keep the one file of a package, and what says how node reads it."""
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    subprocess.run(["npm", "pack", name, "--silent"], cwd=part, check=True, stdin=subprocess.DEVNULL)
    (packed,) = part.glob("*.tgz")
    with tarfile.open(packed) as archive:
        for each in ("package.json", inside):
            archive.extract(f"package/{each}", part, filter="data")
    packed.unlink()
    part.rename(folder)
