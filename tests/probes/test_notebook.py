"""Claims about finding the running notebook and what it executed."""

from __future__ import annotations

import json
import os
import string
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbclient import NotebookClient

from provgraph.errors import InvalidValueError, MissingFileError, UsageError, WrongFileTypeError
from provgraph.probes import ipynb
from provgraph.probes.notebook import executed_cells, find_notebook, in_notebook, matching_notebooks, mismatch
from provgraph.probes.sessions import session_notebook
from tests.support.processes import surroundings

if TYPE_CHECKING:
    from collections.abc import Iterator

FIND = """\
import json
from pathlib import Path
from provgraph.probes.notebook import executed_cells, find_notebook, in_notebook
facts = find_notebook(Path(), executed_cells())
print(json.dumps([in_notebook(), str(facts.path), facts.name, facts.how, executed_cells()]))"""

sources = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1).filter(str.strip))


def parse(text: str) -> nbformat.NotebookNode:
    """Parse a notebook with the reference library."""
    return nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call, no-any-return]


def load(path: Path) -> nbformat.NotebookNode:
    """Read a notebook with the reference library."""
    return parse(path.read_text(encoding="utf-8"))


def save(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Write a notebook with the reference library."""
    path.write_text(nbformat.writes(notebook), encoding="utf-8")  # type: ignore[no-untyped-call]


def write_notebook(path: Path, *cells: str, title: str = "") -> Path:
    """Write a real notebook of code cells, after one markdown cell when it has a title."""
    notebook = parse(ipynb.executed_notebook([title, *cells] if title else list(cells)).decode())
    if title:
        notebook.cells[0].cell_type = "markdown"
        del notebook.cells[0]["outputs"], notebook.cells[0]["execution_count"]
    path.parent.mkdir(parents=True, exist_ok=True)
    save(notebook, path)
    return path


def execute(path: Path) -> list[object]:
    """Execute a notebook with nbclient in its folder, and give what its last cell printed as JSON."""
    notebook = load(path)
    client = NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}})
    client.execute(env=surroundings(JPY_SESSION_NAME=""))
    printed = json.loads(notebook.cells[-1].outputs[0].text)
    assert isinstance(printed, list)
    return printed


def test_nbclient_finds_the_notebook_by_its_cells(tmp_path: Path) -> None:
    """A notebook executed by plain nbclient is told from others, with its heading and what it executed."""
    write_notebook(tmp_path / "other.ipynb", "b = 1", FIND)
    path = write_notebook(tmp_path / "analysis.ipynb", "a = 1", FIND, title="# GWS *CRISPRa* analysis\ntext")
    assert execute(path) == [True, str(path), "GWS CRISPRa analysis", "cells", ["a = 1", FIND]]


def test_the_command_that_started_the_kernel_names_the_notebook(tmp_path: Path) -> None:
    """`jupyter execute b.ipynb` is told from an equal `a.ipynb` by the command line."""
    cell = FIND.replace("print(", "Path('facts.json').write_text(")
    for name in ("a.ipynb", "b.ipynb"):
        write_notebook(tmp_path / name, cell)
    environment = {key: value for key, value in surroundings().items() if not key.startswith("JPY_")}
    command = [sys.executable, "-c", "from nbclient.cli import main; main()", "b.ipynb"]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, timeout=60)
    assert json.loads((tmp_path / "facts.json").read_text())[1] == str(tmp_path / "b.ipynb")


def test_equal_notebooks_are_an_error_that_lists_both(tmp_path: Path) -> None:
    """Two notebooks that begin with the executed cells are never guessed between."""
    for name in ("a.ipynb", "b.ipynb"):
        write_notebook(tmp_path / name, "x = 1", f"y = '{name}'")
    with pytest.raises(InvalidValueError, match=r"a\.ipynb, .*b\.ipynb.*pg\.track\(path="):
        find_notebook(tmp_path, ["x = 1"], namespace={})


def test_a_notebook_below_the_working_directory_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy elsewhere in the project is another; of several below it the path is shown as it can be given."""
    for folder in ("archive", "work"):
        (tmp_path / folder).mkdir()
        write_notebook(tmp_path / folder / "analysis.ipynb", "x = 1")
    monkeypatch.chdir(tmp_path / "work")
    assert find_notebook(tmp_path, ["x = 1"], namespace={}).path == tmp_path / "work" / "analysis.ipynb"
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidValueError, match=r"pg\.track\(path='archive/analysis\.ipynb'\)"):
        find_notebook(tmp_path, ["x = 1"], namespace={})


def test_later_cells_tell_equal_beginnings_apart(tmp_path: Path) -> None:
    """Notebooks with the same first cell are told apart once a cell ran in which they differ."""
    for name in ("a.ipynb", "b.ipynb"):
        write_notebook(tmp_path / name, "x = 1", f"y = '{name}'")
    assert find_notebook(tmp_path, ["x = 1", "y = 'b.ipynb'"], namespace={}).path == tmp_path / "b.ipynb"


def test_nothing_found_asks_for_the_path(tmp_path: Path) -> None:
    """Without any notebook that fits, the error asks for `pg.track(path=...)`."""
    write_notebook(tmp_path / "a.ipynb", "x = 1")
    with pytest.raises(UsageError, match=r"pg\.track\(path="):
        find_notebook(tmp_path, ["x = 2"], namespace={})


@pytest.mark.parametrize("cells", [[], ["", "  \n"]])
def test_no_cells_match_no_notebook(tmp_path: Path, cells: list[str]) -> None:
    """Nothing executed fits no notebook, instead of all of them."""
    write_notebook(tmp_path / "a.ipynb", "x = 1")
    assert matching_notebooks(tmp_path, cells) == []


@pytest.mark.parametrize("folder", [".ipynb_checkpoints", ".hidden", "node_modules", "lib/site-packages", "env"])
def test_environments_and_hidden_folders_are_not_searched(tmp_path: Path, folder: str) -> None:
    """A copy in a checkpoint, a hidden folder or an environment does not make a notebook ambiguous."""
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "pyvenv.cfg").touch()
    write_notebook(tmp_path / folder / "a.ipynb", "x = 1")
    path = write_notebook(tmp_path / "deep" / "er" / "a.ipynb", "x = 1")
    assert matching_notebooks(tmp_path, ["x = 1"]) == [path]


def test_copies_damaged_and_skipped_cells_are_allowed_for(tmp_path: Path) -> None:
    """A copy by nbconvert, a damaged file, a cell tagged skip-execution and injected parameters do not mislead."""
    path = write_notebook(tmp_path / "a.ipynb", "x = 1", "never", "y = 2")
    notebook = load(path)
    notebook.cells[1].metadata["tags"] = ["skip-execution"]
    save(notebook, path)
    save(notebook, tmp_path / "a.nbconvert.ipynb")
    (tmp_path / "damaged.ipynb").write_text('{"cells": ["x = 1"')
    (tmp_path / "list.ipynb").write_text('["x = 1"]')
    assert matching_notebooks(tmp_path, ["x = 1", "# Parameters\nx = 5\n", "y = 2\n"]) == [path]


@given(sources, st.integers(0, 3))
def test_every_beginning_of_a_notebook_is_found(cells: list[str], length: int) -> None:
    """Whatever the cells hold, a notebook is found by each of its beginnings."""
    executed = [cell.rstrip("\n") for cell in cells[:length]]
    with new_folder() as folder:
        path = folder / "a.ipynb"
        path.write_bytes(ipynb.executed_notebook(cells))
        expected = [path] if any(cell.partition("\n")[0].rstrip() != "# Parameters" for cell in executed) else []
        assert matching_notebooks(folder, executed) == expected


@contextmanager
def new_folder() -> Iterator[Path]:
    """Make a folder for one example of hypothesis."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def test_a_cell_that_the_notebook_has_not_is_said_once(tmp_path: Path) -> None:
    """When the notebook was found by its first cells alone; what was written into it since is its own."""
    path = write_notebook(tmp_path / "screen.ipynb", "import provgraph as pg", "pg.track()", "a = 1")
    begun = ["import provgraph as pg", "pg.track()"]
    assert find_notebook(tmp_path, begun, namespace={}).how == "cells"
    assert mismatch(path, [*begun, "a = 1", "a = 1\n", "", "# Parameters\nb = 1"]) is None
    write_notebook(path, *begun, "a = 1", "later = 2")
    assert mismatch(path, [*begun, "a = 1", "later = 2"]) is None
    said = mismatch(path, [*begun, "other = 3\nmore"])
    assert said is not None
    assert "screen.ipynb" in said
    assert "'other = 3 more'" in said
    assert "pg.track(path=" in said
    assert mismatch(path, [*begun, "other = 3"]) is None


def test_a_notebook_that_was_named_is_believed(tmp_path: Path) -> None:
    """Its cells may be edited and not yet saved."""
    path = write_notebook(tmp_path / "named.ipynb", "x = 1")
    assert find_notebook(tmp_path, ["x = 1"], hint=path).how == "path"
    assert mismatch(path, ["y = 2"]) is None


def test_a_given_path_is_taken_and_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`path=` is relative to the working directory; a missing file, a folder and another type are named errors."""
    monkeypatch.chdir(tmp_path)
    write_notebook(tmp_path / "a.ipynb", "x = 1", title="Title\n=====")
    facts = find_notebook(tmp_path, [], hint=Path("a.ipynb"))
    assert (facts.path, facts.name, facts.how) == (tmp_path / "a.ipynb", "Title", "path")
    (tmp_path / "a.txt").write_text("no notebook")
    for hint, error in (("b.ipynb", MissingFileError), (".", WrongFileTypeError), ("a.txt", InvalidValueError)):
        with pytest.raises(error):
            find_notebook(tmp_path, [], hint=Path(hint))


def test_vs_code_names_the_notebook(tmp_path: Path) -> None:
    """VS Code's variable is believed when it is a notebook's file, and passed over when it is not."""
    path = write_notebook(tmp_path / "a.ipynb", "x = 1")
    for named in (str(path), str(tmp_path / f"a-jvsc-{'0' * 8}-1111-2222-3333-{'4' * 12}.ipynb")):
        assert find_notebook(tmp_path, [], namespace={"__vsc_ipynb_file__": named}).how == "vscode"
    facts = find_notebook(tmp_path, ["x = 1"], namespace={"__vsc_ipynb_file__": str(tmp_path / "gone.ipynb")})
    assert (facts.path, facts.how) == (path, "cells")


def test_papermill_means_its_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With papermill's injected paths the input is the notebook, and the output only when the input is no file."""
    monkeypatch.chdir(tmp_path)
    source, output = (write_notebook(tmp_path / name, "x = 1") for name in ("in.ipynb", "out.ipynb"))
    both = {"PAPERMILL_INPUT_PATH": "in.ipynb", "PAPERMILL_OUTPUT_PATH": "out.ipynb"}
    assert find_notebook(tmp_path, ["x = 1"], namespace=both).path == source
    remote = both | {"PAPERMILL_INPUT_PATH": "s3://bucket/in.ipynb"}
    facts = find_notebook(tmp_path, ["x = 1"], namespace=remote)
    assert (facts.path, facts.how) == (output, "papermill")


def test_papermills_environment_counts_only_when_the_cells_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is inherited from another notebook's run does not mislead."""
    named = write_notebook(tmp_path / "a.ipynb", "x = 1")
    other = write_notebook(tmp_path / "b.ipynb", "y = 1")
    monkeypatch.setenv("PAPERMILL_INPUT_PATH", str(named))
    assert find_notebook(tmp_path, ["x = 1"], namespace={}).how == "papermill"
    assert find_notebook(tmp_path, ["y = 1"], namespace={}).path == other


def test_the_servers_variable_names_the_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`JPY_SESSION_NAME`, as jupyter_server 2 sets it, names the notebook."""
    path = write_notebook(tmp_path / "a.ipynb", "x = 1")
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    facts = find_notebook(tmp_path, [], namespace={})
    assert (facts.path, facts.how) == (path, "session")


def test_an_inherited_variable_of_the_server_is_not_believed(tmp_path: Path) -> None:
    """A notebook started from within another notebook is not taken for the outer one."""
    outer = write_notebook(tmp_path / "outer.ipynb", "x = 1")
    inner = write_notebook(tmp_path / "inner.ipynb", "y = 1")
    find = "from provgraph.probes.notebook import *; from pathlib import Path;"
    child = f"{find} print(find_notebook(Path({str(tmp_path)!r}), ['y = 1'], namespace={{}}).path)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    environment = surroundings(JPY_SESSION_NAME=str(outer))
    command = [sys.executable, "-c", parent]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == str(inner)


class Sessions(BaseHTTPRequestHandler):
    """`GET /base/api/sessions` as the Jupyter server's REST API documents it, with a token."""

    answer: ClassVar[list[dict[str, object]]] = []

    def do_GET(self) -> None:
        """Answer the sessions to who has the token, 403 to others."""
        known = self.path == "/base/api/sessions" and self.headers["Authorization"] == "token secret"
        body = json.dumps(self.answer if known else {"message": "Forbidden"}).encode()
        self.send_response(200 if known else 403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Be silent."""


@pytest.fixture
def server_file(tmp_path: Path) -> Iterator[Path]:
    """Run a server on loopback and give the runtime file that names it."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Sessions) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        facts = {"base_url": "/base/", "hostname": "localhost", "password": False, "pid": os.getpid(), "sock": ""}
        facts |= {"port": server.server_port, "root_dir": str(tmp_path), "secure": False, "token": "secret"}
        file = tmp_path / "runtime" / f"jpserver-{os.getpid()}.json"
        file.parent.mkdir()
        file.write_text(json.dumps(facts))
        yield file
        server.shutdown()


def test_the_servers_sessions_name_the_notebook(tmp_path: Path, server_file: Path) -> None:
    """The session with the kernel's id gives the notebook, in new and old form; another kernel gives None."""
    path = write_notebook(tmp_path / "sub" / "a.ipynb", "x = 1")
    new: dict[str, object] = {
        "id": "s1",
        "path": "sub/a.ipynb",
        "name": "a.ipynb",
        "type": "notebook",
        "kernel": {"id": "k1"},
    }
    old: dict[str, object] = {"id": "s2", "notebook": {"path": "sub/a.ipynb"}, "kernel": {"id": "k2"}}
    drive = new | {"path": "RTC:sub/a.ipynb", "kernel": {"id": "k3"}}
    Sessions.answer = [{"kernel": None}, new, old, drive, new | {"path": "gone.ipynb", "kernel": {"id": "k4"}}]
    found = [session_notebook(kernel, server_file.parent) for kernel in ("k1", "k2", "k3", "k4", "k5")]
    assert found == [path, path, path, None, None]


@pytest.mark.parametrize(
    "change",
    [
        {"token": "wrong"},
        {"port": 1},
        {"hostname": "example.org"},
        {"pid": 2**22 + 1},
        {"base_url": "/x/"},
        {"pid": "?"},
    ],
)
def test_a_server_that_cannot_answer_is_passed_over(
    tmp_path: Path, server_file: Path, change: dict[str, object]
) -> None:
    """A closed, stale, foreign or damaged server makes no error and gives no notebook."""
    write_notebook(tmp_path / "a.ipynb", "x = 1")
    Sessions.answer = [{"path": "a.ipynb", "kernel": {"id": "k1"}}]
    assert session_notebook("k1", server_file.parent) == tmp_path / "a.ipynb"
    server_file.write_text(json.dumps(json.loads(server_file.read_text()) | change))
    (server_file.parent / "nbserver-1.json").write_text("{")
    assert session_notebook("k1", server_file.parent) is None


def test_a_script_is_no_notebook() -> None:
    """Outside of a kernel there is no notebook and no cell, even when IPython is imported."""
    check = "import IPython; from provgraph.probes.notebook import *; print(in_notebook(), executed_cells())"
    command = [sys.executable, "-c", check]
    environment = surroundings()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False []"
    assert (in_notebook(), executed_cells()) == (False, [])


def test_a_terminal_of_ipython_is_no_notebook() -> None:
    """IPython's terminal has executed cells and is no notebook."""
    check = "from provgraph.probes.notebook import *; print(in_notebook(), len(executed_cells()))"
    command = [sys.executable, "-m", "IPython", "--quick", "--no-banner", "--colors=NoColor", "-c", check]
    environment = surroundings()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split()[0] == "False"


@given(sources, st.none() | st.text(string.printable))
def test_an_executed_notebook_is_valid_and_complete(cells: list[str], name: str | None) -> None:
    """Executed cells come back from a notebook that nbformat finds valid; equal cells give equal bytes."""
    data = ipynb.executed_notebook(cells, name)
    notebook = parse(data.decode())
    nbformat.validate(notebook)
    assert [cell.source for cell in notebook.cells] == cells
    assert data == ipynb.executed_notebook(cells, name)


def test_the_code_does_not_change_by_executing(tmp_path: Path) -> None:
    """A notebook's code is the same text before and after it was executed, and another after an edit."""
    path = write_notebook(tmp_path / "a.ipynb", "x = 1\nx", "print(x)", title="# Title\n\nText")
    before = ipynb.notebook_code(path)
    notebook = load(path)
    NotebookClient(notebook, kernel_name="python3").execute()
    save(notebook, path)
    assert notebook.cells[1].outputs
    assert before == ipynb.notebook_code(path)
    assert before == "# %% [markdown]\n# # Title\n#\n# Text\n\n# %%\nx = 1\nx\n\n# %%\nprint(x)\n"
    write_notebook(path, "x = 2\nx", "print(x)", title="# Title\n\nText")
    assert before != ipynb.notebook_code(path)


def test_notebooks_of_format_3_are_read(tmp_path: Path) -> None:
    """The worksheets, inputs and heading cells of nbformat 3 give cells too."""
    cells = [
        {"cell_type": "heading", "level": 1, "source": ["Old one"]},
        {"cell_type": "code", "input": ["x = 1\r\n", "x"]},
    ]
    path = tmp_path / "old.ipynb"
    path.write_text(json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}]}))
    read = ipynb.read_cells(path)
    assert (ipynb.first_heading(read), read[1].source) == ("Old one", "x = 1\nx")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("plain text", None),
        ("```\n# a comment\n```\n## [The **real**](http://x.y) one ##", "The real one"),
        ("<h1 align='center'>Centred</h1>", "Centred"),
        ("#no heading\n\n- list\n", None),
        ("Underlined\n---", "Underlined"),
    ],
)
def test_the_first_heading_is_the_name(text: str, name: str | None) -> None:
    """The name is the first heading of any markdown style, without markup, and never a comment in a code block."""
    cells = [ipynb.Cell("code", "# no heading", executes=True), ipynb.Cell("markdown", text, executes=False)]
    assert ipynb.first_heading(cells) == name


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"cells": 1}', '{"cells": [{"cell_type": "code"}]}'])
def test_a_damaged_notebook_is_a_named_error(tmp_path: Path, content: str) -> None:
    """What is no notebook raises an error with its path, whatever it holds."""
    path = tmp_path / "damaged.ipynb"
    path.write_text(content)
    with pytest.raises(InvalidValueError, match=r"damaged\.ipynb"):
        ipynb.read_cells(path)
