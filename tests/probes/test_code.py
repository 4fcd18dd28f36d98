"""Claims about the script that runs, its source, its key and its process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from provgraph.errors import MissingFileError, WrongFileTypeError
from provgraph.probes.code import (
    content_hash,
    path_of_key,
    process_alive,
    process_facts,
    source_of,
    transform_key,
)
from provgraph.probes.ipynb import executed_notebook
from provgraph.storage.keys import check_key
from tests.support.processes import surroundings

SAY = "from provgraph.probes.code import caller_script\nprint(caller_script())\n"


def said(folder: Path, *arguments: str, text: str | None = None) -> str:
    """Run Python in a folder and give the last line that it printed."""
    environment = surroundings()
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment, input=text, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip().splitlines()[-1]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a project with a package of one module that says which script runs."""
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").touch()
    (tmp_path / "pkg" / "mod.py").write_text(SAY)
    (tmp_path / "uses.py").write_text("import pkg.mod\n")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "script"),
    [
        (("pkg/mod.py",), "pkg/mod.py"),
        (("-m", "pkg.mod"), "pkg/mod.py"),
        (("uses.py",), "uses.py"),
        (("./pkg/../uses.py",), "uses.py"),
        (("-m", "cProfile", "-o", os.devnull, "uses.py"), "uses.py"),
    ],
)
def test_the_script_is_the_file_that_was_started(project: Path, arguments: tuple[str, ...], script: str) -> None:
    """A path, a module and a profiled script give the started file, also when another module asks."""
    assert said(project, *arguments) == str(project / script)


def test_pytest_gives_the_test_file(project: Path) -> None:
    """Under pytest the script is the test file, not pytest."""
    test = project / "test_it.py"
    test.write_text(
        "import provgraph.probes.code as c\ndef test_it():\n    open('said', 'w').write(str(c.caller_script()))\n"
    )
    said(project, "-m", "pytest", "-p", "no:cacheprovider", "test_it.py")
    assert (project / "said").read_text() == str(test)


@pytest.mark.parametrize(("arguments", "text"), [(("-c", SAY), None), ((), SAY), (("-",), SAY), (("-i", "-q"), SAY)])
def test_no_file_no_script(project: Path, arguments: tuple[str, ...], text: str | None) -> None:
    """`python -c`, standard input and a prompt have no script."""
    assert said(project, *arguments, text=text) == "None"


@given(st.binary())
def test_line_ends_and_mark_do_not_change_the_hash(data: bytes) -> None:
    """The same lines saved on Windows hash equally, and the hash is plain BLAKE3 of the text with LF."""
    unix = data.replace(b"\r\n", b"\n").replace(b"\r", b"").removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xef\xbb\xbf")
    assert content_hash(unix) == content_hash(b"\xef\xbb\xbf" + unix.replace(b"\n", b"\r\n"))
    if not unix.startswith(b"\xef\xbb\xbf"):
        assert content_hash(unix) == blake3(unix).hexdigest()


def test_the_source_is_text_and_hash(tmp_path: Path) -> None:
    """A script's text has LF ends and replaces what is not UTF-8; an edit changes the hash."""
    path = tmp_path / "a.py"
    path.write_bytes(b"a = 1\r\n# \xe9\r\n")
    facts = source_of(path)
    assert (facts.path, facts.text) == (path, "a = 1\n# \N{REPLACEMENT CHARACTER}\n")
    path.write_bytes(b"a = 1\r\n# \xe8\r\n")
    assert source_of(path).hash != facts.hash


def test_a_notebooks_source_has_no_outputs(tmp_path: Path) -> None:
    """The source of a notebook is its code, so its hash is that of the text that is shown."""
    path = tmp_path / "a.ipynb"
    path.write_bytes(executed_notebook(["a = 1"]))
    facts = source_of(path)
    assert (facts.text, facts.hash) == ("# %%\na = 1\n", content_hash(facts.text.encode()))


def test_a_source_that_is_no_file_is_a_named_error(tmp_path: Path) -> None:
    """A missing file and a folder are told apart."""
    with pytest.raises(MissingFileError, match=r"gone\.py is not there"):
        source_of(tmp_path / "gone.py")
    with pytest.raises(WrongFileTypeError, match="folder"):
        source_of(tmp_path)


def test_keys_are_relative_to_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two files of one name keep two keys; links keep their place; a file elsewhere has its whole path."""
    root = tmp_path / "project"
    (root / "a").mkdir(parents=True)
    (tmp_path / "elsewhere.py").touch()
    (root / "linked.py").symlink_to(tmp_path / "elsewhere.py")
    (tmp_path / "link").symlink_to(root)
    monkeypatch.chdir(root)
    paths = [Path("a/x.py"), root / "x.py", root / "a" / ".." / "y.py", root / "linked.py", tmp_path / "link" / "z.py"]
    keys = [transform_key(path, root) for path in paths]
    assert keys == ["a/x.py", "x.py", "y.py", "linked.py", "z.py"]
    assert transform_key(tmp_path / "elsewhere.py", root) == f"file:{tmp_path.as_posix()}/elsewhere.py"
    assert transform_key(root / "a" / "x.py", tmp_path / "link") == "a/x.py"


@given(st.lists(st.sampled_from(["file", "file:", "file::", "p", "a.py"]), min_size=1))
def test_no_two_files_share_a_key(parts: list[str]) -> None:
    """Inside and outside of the project: a key leads back to its file, and can name an artifact."""
    root = Path("/p")
    for path in (Path("/p", *parts), Path("/", *parts), Path("/q", *parts)):
        if path != root:
            assert path_of_key(check_key(transform_key(path, root)), root) == path


@given(st.lists(st.binary(min_size=1).filter(lambda part: part not in {b".", b".."} and not set(part) & set(b"/\0"))))
def test_every_key_can_be_stored(parts: list[bytes]) -> None:
    """Names that are not UTF-8 give keys that are."""
    key = transform_key(Path("/root", *map(os.fsdecode, parts), "a.py"), Path("/root"))
    assert key.encode().decode() == key
    assert key.count("/") == len(parts)


def test_a_process_lives_until_it_ends() -> None:
    """A child is alive while it runs, and not alive when it ended, is a zombie, or its id belongs to another."""
    say = "from provgraph.probes.code import *; f = process_facts(); print(f.pid, f.pid_started, flush=True); input()"
    environment = surroundings()
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", say], env=environment, text=True, **pipes) as child:  # type: ignore[call-overload]
        pid, started = child.stdout.readline().split()
        host = process_facts().host
        assert process_alive(host, int(pid), float(started)) is True
        assert process_alive(host, int(pid), float(started) - 60) is False
        assert process_alive("elsewhere", int(pid), float(started)) is None
        child.stdin.close()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert process_alive(host, int(pid), float(started)) is False
    assert process_alive(host, int(pid), float(started)) is False


def test_a_process_names_its_arguments_and_folder(tmp_path: Path) -> None:
    """Arguments, folder and Python's version are those of the process, also with bytes that are not UTF-8."""
    say = "from provgraph.probes.code import process_facts as p; f = p(); print(f.argv, f.cwd, f.python)"
    expected = f"['-c', '--n', r'\\udce9'] {tmp_path} {sys.version.split()[0]}".replace("r'\\", "'\\\\")
    environment = surroundings(PYTHONUTF8="1")
    command = [sys.executable.encode(), b"-c", say.encode(), b"--n", b"\xe9"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True, timeout=60)
    assert done.stdout.decode().strip() == expected
