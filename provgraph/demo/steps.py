"""The seven steps of the demo's project, and how each is run: as its own process, by the person whose step it is."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Final

from provgraph.errors import ProvgraphError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TIME: Final = 600
"""Seconds after which a step is given up."""
SHOWN: Final = 30
"""Lines of a failed step's output that are shown."""


@dataclass(frozen=True)
class Step:
    """A script or notebook, who runs it, and what it does."""

    user: str
    file: str
    does: str


STEPS: Final = (
    Step("testuser1", "upload_app.py", "uploads a CRISPRa screen"),
    Step("testuser2", "hit-identification.ipynb", "finds the hits of the screen"),
    Step("testuser1", "chromium_10x_upload.py", "uploads the sequencer's reads"),
    Step("testuser2", "cellranger.py", "counts genes in cells"),
    Step("testuser2", "postprocess_cellranger.py", "annotates the cells"),
    Step("testuser2", "integrated-analysis.ipynb", "scores the cells by the hits"),
    Step("testuser1", "project-flow.ipynb", "reviews the figure and its lineage"),
)


def run_step(step: Step, folder: Path) -> None:
    """Run a step in the demo's folder; a notebook keeps its outputs.

    Raises `ProvgraphError` with the end of the step's output when it fails.
    """
    if step.file.endswith(".ipynb"):
        _run_notebook(step, folder)
    else:
        run_python(step.file, [step.file], folder, user=step.user)


def run_python(name: str, arguments: Sequence[str], folder: Path, user: str = "testuser1") -> str:
    """Run Python in the demo's folder and give what it printed; `ProvgraphError` when it fails."""
    done = subprocess.run(  # noqa: S603 - our own scripts
        [sys.executable, *arguments],
        cwd=folder,
        env=environment(user),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=TIME,
        check=False,
    )
    if done.returncode:
        raise failure(name, folder, done.stdout + done.stderr)
    return done.stdout


def environment(user: str) -> dict[str, str]:
    """Give the environment of a step: this one's, without settings that would change what is recorded."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PROVGRAPH_")}
    if url := os.environ.get("PROVGRAPH_URL"):
        kept["PROVGRAPH_URL"] = url
    return {
        **kept,
        "PROVGRAPH_USER": user,
        "PYTHONWARNINGS": "ignore",
        "PYTHONIOENCODING": "utf-8",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def failure(name: str, folder: Path, output: str) -> ProvgraphError:
    """Make the error of a step that failed."""
    tail = "\n".join(output.strip().splitlines()[-SHOWN:]).removeprefix("Error: ")
    return ProvgraphError(f"{tail}\n\n{name} failed in {folder}", "Mend what it says above, and run the demo again.")


def _run_notebook(step: Step, folder: Path) -> None:
    """Execute a notebook in a kernel of this very interpreter, whatever kernels are installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import nbformat
        from jupyter_client.kernelspec import KernelSpecManager
        from jupyter_client.manager import AsyncKernelManager
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError, DeadKernelError

        notebook = nbformat.read(folder / step.file, as_version=4)  # type: ignore[no-untyped-call]
        manager = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=KernelSpecManager(kernel_dirs=[]))
        quiet = ["--log-level=ERROR"]
        client = NotebookClient(notebook, km=manager, timeout=TIME, extra_arguments=quiet)
        with TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
            # what a cell prints is in the notebook; what its kernel says at its start and end matters when it died
            around = {"cwd": str(folder), "env": environment(step.user), "stdout": said, "stderr": said}
            try:
                client.execute(**around, cleanup_kc=True)
            except CellExecutionError as error:
                raise failure(step.file, folder, str(error)) from None
            except DeadKernelError as error:
                said.seek(0)
                raise failure(step.file, folder, f"{said.read()}{error}") from None
            finally:
                nbformat.write(notebook, folder / step.file)  # type: ignore[no-untyped-call]
