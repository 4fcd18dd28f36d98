"""A shell is not always a quiet terminal: what the command does when its surroundings are odd."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import provgraph as pg
from tests.support.commands import provgraph
from tests.support.engines import in_local_world
from tests.support.processes import PATIENCE, surroundings, until

if TYPE_CHECKING:
    import pytest

    from tests.mistakes.world import World

pytestmark = in_local_world


def shell(line: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run a line as bash does, with `provgraph` as the command."""
    command = f'provgraph() {{ "{sys.executable}" -P -m provgraph "$@"; }}\n{line}'
    return subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        check=False,
        timeout=PATIENCE,
        env=surroundings(**environment),
    )


def test_a_reader_that_has_gone_is_told_nothing(world: World) -> None:
    """`| head -1` ends the command in silence, whatever it prints."""
    for words in ("cypher 'UNWIND range(1, 60000) AS x RETURN x' --format csv", "settings", "get out.csv --json"):
        done = shell(f"provgraph {words} | head -1")
        assert done.stdout.count(b"\n") == 1
        assert b"Error" not in done.stderr
        assert b"Traceback" not in done.stderr


def test_a_query_is_read_as_utf8(world: World) -> None:
    """Whatever the surroundings take for the encoding of texts."""
    for encoding in ("ascii", "latin-1", "utf-8:strict"):
        asked = "printf 'RETURN \"caf\\xc3\\xa9\" AS x' | provgraph cypher - --format json"
        done = shell(asked, PYTHONIOENCODING=encoding)
        assert json.loads(done.stdout) == [{"x": "caf\u00e9"}], done.stderr


def test_outputs_that_are_closed_or_full(world: World) -> None:
    """Closed, nothing is said; full, that is the one line."""
    for words in ("get out.csv", "cypher 'RETURN 1 AS x' --format csv", "lineage out.csv"):
        closed, full = shell(f"provgraph {words} >&-"), shell(f"provgraph {words} > /dev/full")
        assert (closed.returncode, b"Error" in closed.stderr) == (0, False), closed.stderr
        assert full.returncode != 0
        assert b"No space left on device" in full.stderr
        assert b"Traceback" not in closed.stderr + full.stderr
    asked = shell("provgraph cypher <&-")
    assert (asked.returncode, b"the standard input is closed" in asked.stderr) == (1, True), asked.stderr


def test_bytes_that_are_no_text_are_named(world: World) -> None:
    """As an argument, as a file's name, as a query that is read: one line each."""
    for line in (
        r"provgraph get $'\xe9'",
        r"provgraph lineage $'out\xff.csv'",
        r"printf '\xff\xfe' | provgraph cypher -",
        r"""printf 'RETURN "\xff"' | PYTHONIOENCODING=utf-8:strict provgraph cypher -""",
        r"""printf 'RETURN "\xff"' | PYTHONIOENCODING=latin-1 provgraph cypher -""",
        r"provgraph cypher 'RETURN $x AS x' --param x=$'\xe9'",
    ):
        done = shell(line)
        assert done.returncode == 1, done.stderr
        error = done.stderr.splitlines()[-1]
        assert error.startswith(b"Error: ")
        assert b"no text" in error or b"surrogates not allowed" in error
        assert b"Traceback" not in done.stderr


def test_terminals_that_are_narrow_or_without_colours(world: World) -> None:
    """Nothing fails in them, and without colours there is no escape."""
    for words in (["get", "out.csv"], ["lineage", "out.csv"], ["settings"]):
        done = shell(f"provgraph {' '.join(map(repr, words))}", COLUMNS="1", NO_COLOR="1", TERM="dumb")
        assert done.returncode == 0, done.stderr
        assert b"\x1b" not in done.stdout


def test_ctrl_c_is_one_word(world: World) -> None:
    """With the exit code that shells have for it, wherever it comes."""
    slow = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a, b WHERE a < 0 RETURN count(b) AS x"
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "provgraph", "cypher", slow],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=surroundings(),
    )
    assert process.stderr is not None
    first = process.stderr.readline()
    assert first.startswith(b"\xe2\x86\x92 provgraph: ")
    until(lambda: process.poll() is None)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=PATIENCE)
    assert (process.returncode, said) == (130, b"Interrupted\n")


def test_what_was_not_foreseen_is_one_line_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It asks to be reported; `--debug` shows where it came up."""

    def fail() -> None:
        raise RuntimeError("odd")

    monkeypatch.setattr(pg, "logout", fail)
    done, traced = provgraph("logout"), provgraph("--debug", "logout")
    advice = "Run it as provgraph --debug, and report what it shows."
    assert done.exit_code == traced.exit_code == 1
    assert done.stderr == f"Error: something that was not foreseen (RuntimeError: odd). {advice}\n"
    assert "in fail\n" in traced.stderr
