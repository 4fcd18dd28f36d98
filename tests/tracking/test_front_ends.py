"""Notebooks as people execute them: with nbconvert, papermill, a Jupyter server, VS Code."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel
from nbformat import v4

import provgraph as pg
from tests.support.processes import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

FLOW = (
    "import provgraph as pg\npg.track()",
    'open("out.txt", "w").write("1")',
    'pg.Artifact("out.txt", key="out.txt").save()',
)


@pytest.fixture(autouse=True)
def instance(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An instance of the local engine, and kernels that find provgraph."""
    monkeypatch.setenv("PYTHONPATH", str(Path(pg.__file__).parents[1]))
    pg.init(project)


def notebook(name: str, *cells: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = v4.new_notebook(
        cells=[v4.new_markdown_cell("# My analysis"), *map(v4.new_code_cell, cells)],
        metadata={"kernelspec": kernelspec},
    )
    nbformat.write(content, path)
    return path


def command(module: str, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", module, *arguments], capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr


def tracked(key: str) -> pg.Run:
    """The one run that there is; its notebook is this one, and what it saved is its output."""
    run = pg.Run.filter().one()
    transform = run.transform
    assert transform is not None
    assert (transform.key, transform.name, transform.type) == (key, "My analysis", "notebook")
    assert run.outputs.list("key") == ["out.txt"]
    return run


def test_nbconvert() -> None:
    """`jupyter nbconvert --execute` leaves an executed copy beside the notebook; the notebook itself is meant."""
    notebook("work/analysis.ipynb", *FLOW)
    command("nbconvert", "--to", "notebook", "--execute", "work/analysis.ipynb")
    assert tracked("work/analysis.ipynb").status == "completed"
    command("nbconvert", "--to", "notebook", "--execute", "work/analysis.ipynb")
    assert pg.Transform.filter().count() == 1


def test_papermill_with_parameters() -> None:
    """Papermill writes another notebook, with a cell of its own; the one it was given is meant, for all parameters."""
    notebook("analysis.ipynb", *FLOW)
    for count in ("1", "2"):
        command("papermill", "analysis.ipynb", f"out-{count}.ipynb", "-p", "count", count)
    assert pg.Transform.filter().list("key") == ["analysis.ipynb"]
    assert pg.Transform.filter().one().runs.count() == 2


def test_papermill_from_python() -> None:
    """As a scheduler calls it; nothing on a command line names the notebook, and an earlier output lies beside it."""
    notebook("analysis.ipynb", *FLOW)
    code = "import papermill as p; [p.execute_notebook('analysis.ipynb', f'out-{n}.ipynb', {'n': n}) for n in (1, 2)]"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert pg.Transform.filter().list("key") == ["analysis.ipynb"]
    assert pg.Transform.filter().one().runs.count() == 2


def test_vs_code() -> None:
    """VS Code leaves the path in a variable of the kernel; its cells may be those of many notebooks."""
    path, _ = notebook("analysis.ipynb", *FLOW), notebook("copy.ipynb", *FLOW)
    with kernel() as client:
        run(client, f"__vsc_ipynb_file__ = {str(path.absolute())!r}")
        for cell in FLOW:
            run(client, cell)
    tracked("analysis.ipynb")


def test_a_jupyter_server(server: dict[str, Any]) -> None:
    """A session of the server belongs to the kernel, and names the notebook among others with the same cells."""
    notebook("work/analysis.ipynb", *FLOW)
    notebook("work/copy.ipynb", *FLOW)
    session = ask(server, "api/sessions", {"path": "work/analysis.ipynb", "type": "notebook", "name": "", "kernel": {}})
    file = Path(os.environ["JUPYTER_RUNTIME_DIR"]) / f"kernel-{session['kernel']['id']}.json"
    client = BlockingKernelClient(connection_file=str(file))
    client.load_connection_file()
    client.start_channels()
    try:
        ready(client)
        for cell in FLOW:
            run(client, cell)
        ask(server, f"api/kernels/{session['kernel']['id']}", method="DELETE")
    finally:
        client.stop_channels()
    tracked("work/analysis.ipynb")


def ready(client: BlockingKernelClient) -> None:
    """Wait until the kernel answers; a client that did not start it takes a second without a heartbeat for its end."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            client.wait_for_ready(timeout=PATIENCE)
        except RuntimeError:
            if time.monotonic() > end:
                raise
        else:
            return


@contextlib.contextmanager
def kernel() -> Iterator[BlockingKernelClient]:
    """A kernel as a front end starts it."""
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel()


def run(client: BlockingKernelClient, cell: str) -> None:
    reply = client.execute_interactive(cell, timeout=PATIENCE, output_hook=lambda _: None)
    assert reply["content"]["status"] == "ok", reply["content"]


@pytest.fixture
def server(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """A real Jupyter server with its own runtime folder; gives what its runtime file says."""
    runtime = tmp_path / "runtime"
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    options = ("--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", "--ServerApp.port=0")
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "jupyter_server", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=project,
    ) as process:
        try:
            yield answering(runtime, process)
        finally:
            process.terminate()


def answering(runtime: Path, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Wait until the server has said where it answers, and does."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError, ValueError):
            facts: dict[str, Any] = json.loads((runtime / f"jpserver-{process.pid}.json").read_text())
            ask(facts, "api/status")
            return facts
        time.sleep(0.05)
    raise AssertionError("the server did not start")


def ask(server: dict[str, Any], path: str, body: object = None, method: str | None = None) -> Any:
    data = json.dumps(body).encode() if body is not None else None
    headers = {"Authorization": f"token {server['token']}"}
    request = urllib.request.Request(f"{server['url']}{path}", data, headers, method=method)  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - loopback
        return json.loads(answer.read() or "null")
