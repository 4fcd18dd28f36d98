"""The same work done with provgraph and with LaminDB, each in processes of its own: importing, saving, asking, lineage.

LaminDB stands in an environment of its own (`python -m venv lamin && lamin/bin/pip install lamindb`) and works on
SQLite in a temporary folder. Without its server it cannot `ln.track()` nor take files from outside of its storage, so
on both sides runs are made by hand and files lie in the storage.
Run: .venv/bin/python bench/beside_lamindb.py lamin/bin/python
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from timing import seconds

FILES: Final = 1_000
ONE_BY_ONE: Final = 50
CHAIN: Final = 50
LADDERS: Final = (4, 6, 8, 10, 12, 14, 30)
PATIENCE: Final = 20.0
"""Seconds; a ladder that takes longer is the last."""


class Side:
    """What both do alike."""

    library: Any

    def artifact(self, path: str, run: Any) -> Any:
        """Describe a file that a run made."""
        return self.library.Artifact(path, run=run)

    def save(self, artifacts: list[Any]) -> None:
        """Save many."""
        self.library.save(artifacts)

    def get(self, key: str) -> Any:
        """Find one by its key."""
        return self.library.Artifact.get(key=key)


class Provgraph(Side):
    """How provgraph does it."""

    def __init__(self) -> None:
        """Begin an instance in the working directory."""
        import provgraph as pg

        self.library = pg
        pg.init(storage="./store")

    def run(self, name: str) -> Any:
        """Start a run."""
        return self.library.Run(self.library.Transform(name=name, type="script").save()).save()

    def frame(self) -> Any:
        """Give all as a DataFrame."""
        return self.library.Artifact.filter().df()

    def lineage(self, artifact: Any) -> Any:
        """Give what the artifact was made from, as a graph."""
        return artifact.lineage("upstream")

    def end(self) -> None:
        """Leave nothing."""
        self.library.delete(force=True)


class LaminDB(Side):
    """How LaminDB does it."""

    def __init__(self) -> None:
        """Begin an instance in the working directory."""
        import lamindb_setup

        lamindb_setup.init(storage="./store")
        import lamindb as ln

        self.library = ln
        ln.settings.verbosity = "error"

    def run(self, name: str) -> Any:
        """Start a run."""
        return self.library.Run(self.library.Transform(key=name, kind="script").save()).save()

    def frame(self) -> Any:
        """Give all as a DataFrame."""
        return self.library.Artifact.filter().to_dataframe(limit=None)

    def lineage(self, artifact: Any) -> Any:
        """Give what the artifact was made from, as a graph."""
        return artifact.view_lineage(with_children=False, return_graph=True)

    def end(self) -> None:
        """Leave nothing: the folder is temporary."""


def written(names: list[str]) -> list[str]:
    """Write a small file of each name into the storage folder; give their paths."""
    paths = [Path("store", each) for each in names]
    for each in paths:
        each.write_text(each.name)
    return [str(each) for each in paths]


def made(side: Any, name: str, inputs: list[Any]) -> Any:
    """Let a run read `inputs` and make a file."""
    run = side.run(name)
    for each in inputs:
        each.cache(is_run_input=run)
    return side.artifact(*written([f"{name}.txt"]), run).save()


def chained(side: Any, name: str, layers: int, width: int) -> Any:
    """Let each layer's runs, `width` beside each other, read all files of the layer before; give a file of the last."""
    last: list[Any] = []
    for layer in range(layers):
        last = [made(side, f"{name}{layers}-{layer}-{place}", last) for place in range(width)]
    return last[0]


def measured(side: Any) -> dict[str, float]:
    """Do the work; give seconds by what was done."""
    run = side.run("upload")
    single = written([f"one{number}.txt" for number in range(ONE_BY_ONE)])
    found = {"one small file saved": seconds(lambda: [side.artifact(each, run).save() for each in single]) / ONE_BY_ONE}
    many = written([f"many{number}.txt" for number in range(FILES)])
    found[f"{FILES:,} files saved"] = seconds(lambda: side.save([side.artifact(each, run) for each in many]))
    found["a file by its key"] = min(seconds(lambda: side.get("one7.txt")) for _ in range(9))
    found["all to a DataFrame"] = min(seconds(side.frame) for _ in range(5))
    end = chained(side, "chain", CHAIN, 1)
    found[f"lineage of a chain of {CHAIN}"] = seconds(functools.partial(side.lineage, end))
    for layers in LADDERS:
        took = seconds(functools.partial(side.lineage, chained(side, "ladder", layers, 2)))
        found[f"lineage of a ladder of {layers} layers"] = took
        if took > PATIENCE:
            break
    return found


def work(side: str) -> None:
    """Measure one side in this process; the last line says what was found, as JSON."""
    chosen = (Provgraph if side == "provgraph" else LaminDB)()
    try:
        print(json.dumps(measured(chosen)))
    finally:
        chosen.end()


def of_side(python: str, side: str) -> dict[str, float]:
    """Measure one side in a new process, in a folder and a home of its own."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "PROVGRAPH_USER": "bench", "PROVGRAPH_BACKUPS": "off", "HOME": home}
        folder = Path(home, "project")
        folder.mkdir()
        start = functools.partial(
            subprocess.run, cwd=folder, env=environment, check=True, stdout=subprocess.PIPE, text=True
        )
        done = start([python, str(Path(__file__).resolve()), "--side", side])
        imported = min(seconds(lambda: start([python, "-c", f"import {side}"])) for _ in range(5))
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return {"a process that imports it": imported, **found}


def main() -> None:
    """Measure both and print a table; a ratio above one says how many times longer LaminDB takes."""
    ours, theirs = of_side(sys.executable, "provgraph"), of_side(sys.argv[1], "lamindb")
    print(f"{'':<44}{'provgraph':>12}{'LaminDB':>12}{'ratio':>8}")
    for name, took in ours.items():
        beside = f"{theirs[name] * 1e3:>9,.1f} ms{theirs[name] / took:>8.1f}" if name in theirs else f"{'-':>12}"
        print(f"{name:<44}{took * 1e3:>9,.1f} ms{beside}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--side"]:
        work(sys.argv[2])
    else:
        main()
