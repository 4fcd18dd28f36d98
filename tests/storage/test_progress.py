"""The progress bar: seen by a person who waits, and by nobody else."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from typing import Any

import nbclient
import pytest
from nbformat import v4

from provgraph.storage import progress
from provgraph.storage.progress import Progress
from tests.support.processes import PATIENCE, surroundings

WORK = """
import sys, time
from types import SimpleNamespace
from provgraph.storage import progress
now = 0.0
progress.time = SimpleNamespace(monotonic=lambda: now)
with progress.Progress("hashing files", total=10) as bar:
    for number in range(1, 11):
        now = number * float(sys.argv[1])
        bar.advance(1)
    {then}
print("done")
"""


def in_terminal(seconds_a_step: float, then: str = "pass") -> tuple[str, str]:
    """Run the work with a terminal as its standard error; give what the terminal got, and the standard output."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", WORK.format(then=then), str(seconds_a_step)],
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        env=surroundings(TERM="xterm", COLUMNS="100"),
    )
    os.close(theirs)
    seen = b""
    try:
        while part := os.read(ours, 10_000):
            seen += part
    except OSError:  # Linux's way to say that the other end is closed
        pass
    finally:
        os.close(ours)
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    return seen.decode(), out


def test_a_work_of_more_than_a_second_shows_a_bar_in_a_terminal() -> None:
    """It names the work, reaches the end, is taken away, and nothing of it is in the standard output."""
    seen, out = in_terminal(0.5)
    assert "hashing files" in seen
    assert "100%" in seen
    assert seen.rstrip("\r\n").endswith("\x1b[2K")
    assert out == "done\n"


def test_a_short_work_shows_nothing() -> None:
    """A bar that flashes up tells nobody anything."""
    assert in_terminal(0.1) == ("", "done\n")


def test_several_threads_share_one_bar() -> None:
    """Files are hashed by several threads, each of which tells its bytes; none begins a second bar."""
    then = """
    from concurrent.futures import ThreadPoolExecutor
    many = progress.Progress("by threads", total=1000)
    now += 2
    with many, ThreadPoolExecutor(8) as pool:
        list(pool.map(many.advance, [1] * 1000))
        assert many._done == 1000
"""
    seen, out = in_terminal(0.1, then.strip())
    assert "by threads" in seen
    assert out == "done\n"


def test_a_piped_work_is_silent(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it takes, a log or another program gets no bar."""
    monkeypatch.setattr(progress, "SHOWN_AFTER", -1.0)
    with Progress("hashing files", total=2) as bar:
        bar.advance(1)
        bar.advance(1)
    assert capfd.readouterr() == ("", "")


def test_a_notebook_shows_a_bar_below_its_cell() -> None:
    """In a real kernel, without widgets; it is gone when the work is done."""
    code = WORK.replace("float(sys.argv[1])", "0.5").format(then="assert bar._bar is not None; shown = bar._bar")
    cells = [
        "from provgraph.storage import progress\ndrawn = []\ndraw = progress.NotebookBar._draw",
        "progress.NotebookBar._draw = lambda self, text: (drawn.append(text), draw(self, text))",
        code,
        "print(drawn[0]); print(repr(drawn[-1])); print(len(drawn))",
    ]
    content = v4.new_notebook(cells=[v4.new_code_cell(each) for each in cells])
    nbclient.NotebookClient(content, kernel_name="python3").execute()
    first, last, count = content.cells[-1].outputs[0].text.splitlines()
    assert first == 'hashing files <progress max="10" value="3"></progress> 30%'
    assert (last, int(count) > 2) == ("''", True)
    assert content.cells[2].outputs[0]["data"]["text/html"] == ""


def test_an_error_takes_the_bar_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails in between is shown below no half bar."""
    monkeypatch.setattr(progress, "SHOWN_AFTER", -1.0)
    monkeypatch.setattr(progress, "_is_seen", lambda: True)
    bar: Any = Progress("hashing files", total=2)

    def fail() -> None:
        with bar:
            bar.advance(1)
            assert bar._bar.live.is_started
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not bar._bar.live.is_started


def test_an_interruption_while_a_notebook_s_bar_comes_up_is_what_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """And no error about a bar that is not there yet."""

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(progress, "SHOWN_AFTER", -1.0)
    monkeypatch.setattr(progress, "in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", interrupt)
    with pytest.raises(KeyboardInterrupt), Progress("hashing files", total=2) as bar:
        bar.advance(1)
