"""Run the demo: make its folder, take the seven steps, check what the graph knows, and say where to look next."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Final

from provgraph.demo.steps import STEPS, Step, run_python, run_step
from provgraph.errors import InvalidValueError, ProvgraphError, SetupError
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
  {program} view
  {program} lineage {plot}
  {program} cypher "MATCH (after:Transform)-[:PREDECESSOR]->(before:Transform) RETURN before.name, after.name"
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
    _say(f"A project's flow in {_short(root)}\n")
    for number, step in enumerate(STEPS, 1):
        _take(step, number, root)
    _say(f"\n{_review(root)}\n")
    _say(LOOK_NEXT.format(folder=_short(root), plot=PLOT, program=_program(root)))
    _say(f"Done in {time.perf_counter() - began:.0f} s.")
    return root


def _take(step: Step, number: int, root: Path) -> None:
    """Take one step, and print who did what and how long it took on a line."""
    _say(f"  {number}/{len(STEPS)}  {step.user}  {step.does:<36}{step.file:<28}", end="")
    began = time.perf_counter()
    try:
        run_step(step, root)
    finally:
        _say(f"{time.perf_counter() - began:5.1f} s")


def _review(root: Path) -> str:
    """Check what the graph knows, in a process of its own, and give the tree that it prints."""
    arguments = [PLOT, str(shutil.get_terminal_size((120, 24)).columns), *(["--colour"] if sys.stdout.isatty() else [])]
    return run_python("the review of the demo", ["-m", "provgraph.demo.review", *arguments], root).rstrip()


def _check_packages() -> None:
    missing = [name for name in NEEDS if importlib.util.find_spec(name) is None]
    if missing:
        raise SetupError(f"the demo needs {', '.join(missing)}", 'Install the rest: pip install "provgraph[demo]".')


def _make(root: Path) -> None:
    """Make the folder with copies of the scripts and notebooks, and its instance."""
    _empty(root)
    root.mkdir(parents=True, exist_ok=True)
    (root / MARKER).write_text("Made by 'provgraph demo', which empties this folder when it runs again.\n", "utf-8")
    for step in STEPS:
        shutil.copyfile(FILES / step.file, root / step.file)
    init = ["-m", "provgraph.cli", "init", "--storage", "mydata"]
    if url := os.environ.get("PROVGRAPH_URL"):
        # Others may have a folder of this name on the same server.
        init += ["--url", url, "--name", f"demo-{new('User')}"]
    try:
        run_python("provgraph init", init, root)
    except ProvgraphError:
        _remove_files(root)
        raise


def _empty(root: Path) -> None:
    """Delete an earlier demo, its records first; `InvalidValueError` for a folder that is none."""
    if not root.exists():
        return
    if not root.is_dir() or (any(root.iterdir()) and not (root / MARKER).is_file()):
        raise InvalidValueError(
            f"{root} is there already and is not a demo of provgraph",
            "Give the name of a new folder: provgraph demo FOLDER.",
        )
    if (root / ".provgraph").exists():
        try:
            run_python("provgraph delete", ["-m", "provgraph.cli", "delete", "--force"], root)
        except ProvgraphError as error:
            advice = f"The demo that is there cannot be deleted; mend that, or remove {root} by hand."
            raise ProvgraphError(error.happened, advice) from None
    _remove_files(root)


def _remove_files(root: Path) -> None:
    """Remove what is in the folder; the folder stays, since a shell may be in it."""
    for each in root.iterdir():
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each)
        else:
            each.unlink()


def _program(root: Path) -> str:
    """Give the words by which a person in the folder calls `provgraph`."""
    if shutil.which("provgraph"):
        return "provgraph"
    beside = Path(sys.executable).parent / "provgraph"
    if not beside.exists():
        return f"{sys.executable} -m provgraph.cli"
    return min(str(beside), os.path.relpath(beside, root), key=len)


def _short(path: Path) -> str:
    here = Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else str(path)


def _say(text: str, end: str = "\n") -> None:
    print(text, end=end, flush=True)
