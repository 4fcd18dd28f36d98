"""Run the demo: make its folder, take the seven steps, check what the graph knows, and say where to look next."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Final

from provgraph.demo.steps import STEPS, run_python, run_step
from provgraph.errors import InvalidValueError, SetupError
from provgraph.uids import new

MARKER: Final = ".provgraph-demo"
"""The file by which a folder is known to be a demo of ours, so that it may be made anew."""
FILES: Final = Path(__file__).parent / "files"
NEEDS: Final = ("scanpy", "matplotlib", "nbclient", "nbformat", "ipykernel")
LOOK_NEXT: Final = """\
Look next:
  open {folder}/lineage.html                 the whole lineage as a page
  open {folder}/project-flow.ipynb           the review, with its outputs
  cd {folder}
  provgraph view
  provgraph lineage {plot}
  provgraph cypher "MATCH (after:Transform)-[:PREDECESSOR]->(before:Transform) RETURN before.name, after.name"
"""
PLOT: Final = "figures/matrixplot_fig2_score-wgs-hits-per-cluster.png"


def run(folder: str | Path = "provgraph-demo") -> Path:
    """Run a whole project in `folder`, by two users in seven processes, and print its lineage; give the folder.

    The instance in it uses the local engine, or the server that `PROVGRAPH_URL` names. A folder that an earlier demo
    made is deleted first, with its instance; any other folder that is not empty raises `InvalidValueError`.

    Raises `SetupError` when a package of the demo is missing, and `ProvgraphError` when a step fails or the graph does
    not know exactly what was done.
    """
    _check_packages()
    root = Path(folder).absolute()
    began = time.perf_counter()
    _make(root)
    _say(f"A project's flow in {_short(root)}")
    for number, step in enumerate(STEPS, 1):
        since = time.perf_counter()
        run_step(step, root)
        seconds = time.perf_counter() - since
        _say(f"  {number}/{len(STEPS)}  {step.user}  {step.does:<36}{step.file:<28}{seconds:5.1f} s")
    colour = ["--colour"] if sys.stdout.isatty() else []
    review = run_python("the review of the demo", ["-m", "provgraph.demo.review", PLOT, *colour], root)
    _say(f"\n{review.rstrip()}\n")
    _say(LOOK_NEXT.format(folder=_short(root), plot=PLOT))
    _say(f"Done in {time.perf_counter() - began:.0f} s.")
    return root


def _check_packages() -> None:
    missing = [name for name in NEEDS if importlib.util.find_spec(name) is None]
    if missing:
        raise SetupError(f"the demo needs {', '.join(missing)}", 'Install the rest: pip install "provgraph[demo]".')


def _make(root: Path) -> None:
    """Make the folder with copies of the scripts and notebooks, and its instance."""
    if root.exists():
        _remove(root)
    root.mkdir(parents=True)
    (root / MARKER).write_text("Made by 'provgraph demo', which deletes this folder when it runs again.\n", "utf-8")
    for step in STEPS:
        shutil.copyfile(FILES / step.file, root / step.file)
    init = ["-m", "provgraph.cli", "init", "--storage", "mydata"]
    if url := os.environ.get("PROVGRAPH_URL"):
        # Others may have a folder of this name on the same server.
        init += ["--url", url, "--name", f"demo-{new('User')}"]
    run_python("provgraph init", init, root)


def _remove(root: Path) -> None:
    """Delete an earlier demo, its records first."""
    if not root.is_dir() or (any(root.iterdir()) and not (root / MARKER).is_file()):
        raise InvalidValueError(
            f"{root} is there already and is not a demo of provgraph",
            "Give the name of a new folder: provgraph demo FOLDER.",
        )
    if (root / ".provgraph").exists():
        run_python("provgraph delete", ["-m", "provgraph.cli", "delete", "--force"], root)
    shutil.rmtree(root)


def _short(path: Path) -> str:
    here = Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else str(path)


def _say(text: str) -> None:
    print(text, flush=True)
