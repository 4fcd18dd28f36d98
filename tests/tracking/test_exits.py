"""How a program ends, as its runs are told: beside what its own status says, without a graph."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import provgraph

UNKNOWN = "it ended by SystemExit, with a status that is not known"
BEFORE = """
    from provgraph.tracking.watch import Watch
    watch = Watch()
    watch.begin(lambda: print(watch.outcome()), print, print)
    import argparse, contextlib, pickle
    class Status(int): pass
    def tracked(): pass
    x = 3
    """


def outcome(ending: str, first: str = "import sys") -> tuple[int, str, str | None]:
    """Run a program that ends so, and give its status, and what its runs are told of it."""
    Path("program.py").write_text(f"{first}\n{textwrap.dedent(BEFORE)}\n{textwrap.dedent(ending)}")
    done = subprocess.run(
        [sys.executable, "program.py"],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(Path(provgraph.__file__).parents[1])},
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert "ignored" not in done.stderr, done.stderr
    status, error = eval(done.stdout.splitlines()[-1])  # noqa: S307 - the text of a pair
    return done.returncode, status, error


def in_main(body: str) -> str:
    return f"def main():\n{textwrap.indent(textwrap.dedent(body), '    ')}\nmain()"


CAUGHT = """
try:
    sys.exit({0})
except SystemExit{1}:
    {2}
"""
KNOWN = {
    "sys.exit": "sys.exit(3)",
    "sys.exit without a status": "sys.exit()",
    "sys.exit with a text": "sys.exit('no input')",
    "sys.exit with numbers": "sys.exit((1, 2))",
    "sys.exit with an exit": "sys.exit(SystemExit(3))",
    "exit": "exit(6)",
    "quit well": "quit()",
    "exit by its parameter's name": "exit(code=3)",
    "a number that is no int": "sys.exit(0.0)",
    "an int of a kind of its own": "sys.exit(Status(0))",
    "False": "sys.exit(False)",
    "caught, then the end": CAUGHT.format(3, "", "pass"),
    "suppressed, then the end": "with contextlib.suppress(SystemExit):\n    sys.exit(3)",
    "caught, then another": in_main(CAUGHT.format(1, "", "sys.exit(0)")),
    "caught and raised again": in_main(CAUGHT.format(0, "", "raise")),
    "caught by name and raised again": in_main(CAUGHT.format(0, " as error", "raise error")),
    "caught with another status": in_main(CAUGHT.format(3, " as error", "error.code = 0; raise")),
    "through finally": in_main("try:\n    sys.exit(0)\nfinally:\n    tracked()"),
    "past another except": in_main("try:\n    sys.exit(0)\nexcept ValueError:\n    pass"),
    "through with": "with open(__file__):\n    sys.exit(0)",
    "after an error": "try:\n    1 / 0\nexcept ZeroDivisionError:\n    sys.exit(0)",
    "argparse's help": "argparse.ArgumentParser().parse_args(['--help'])",
    "argparse's error": "argparse.ArgumentParser().parse_args(['--none'])",
    "in an event loop": "import asyncio\nasync def main():\n    sys.exit(0)\nasyncio.run(main())",
    "the end": "",
}


@pytest.mark.parametrize("ending", KNOWN.values(), ids=KNOWN.keys())
def test_a_status_that_can_be_known_is_known(ending: str) -> None:
    """Runs are completed when the status is 0, and errored when it is another; an exit that was caught is none."""
    code, status, error = outcome(ending)
    assert (status, error != UNKNOWN) == ("completed" if code == 0 else "errored", True)


UNKNOWABLE = {
    "raise": "raise SystemExit(4)",
    "raise well": "raise SystemExit(0)",
    "caught, then raised": CAUGHT.format(0, "", "pass") + "raise SystemExit(x)",
    "caught and kept, then raised": CAUGHT.format(0, " as error", "kept = error") + "raise SystemExit(3)",
    "within a function": in_main("raise SystemExit(0)"),
    "of a call": "raise SystemExit(print())",
    "of a choice": "raise SystemExit(x and 0)",
    "by a class of its own": "class Leave(SystemExit): pass\nraise Leave(0)",
    "in place of one that was caught": in_main(CAUGHT.format(0, "", "raise SystemExit(3)")),
    "from one that was caught": in_main(CAUGHT.format(0, " as error", "raise SystemExit(3) from error")),
    "after finally": in_main("try:\n    sys.exit(0)\nfinally:\n    raise SystemExit(3)"),
}


@pytest.mark.parametrize("ending", UNKNOWABLE.values(), ids=UNKNOWABLE.keys())
def test_a_status_that_nobody_knows_is_not_guessed(ending: str) -> None:
    """Such a run counts as errored, whatever the status is."""
    assert outcome(ending)[1:] == ("errored", UNKNOWN)


@pytest.mark.parametrize(("ending", "code"), [("exit(0)", 0), (in_main("exit(4)"), 4)])
def test_an_exit_that_was_imported_before_provgraph_is_known(ending: str, code: int) -> None:
    """As sorted imports stand."""
    told = "completed" if code == 0 else "errored"
    assert outcome(ending, "from sys import exit")[:2] == (code, told)


def test_what_sys_exit_raises_is_a_system_exit_to_everybody() -> None:
    """In a traceback, and in another process."""
    body = "assert repr(error) == 'SystemExit(3)' and type(pickle.loads(pickle.dumps(error))) is SystemExit"
    assert outcome(CAUGHT.format(3, " as error", body)) == (0, "completed", None)


def test_a_module_that_is_run_is_the_program() -> None:
    """As `python -m` does, whose own frame lies below."""
    Path("program.py").write_text(textwrap.dedent(BEFORE) + "import sys\nsys.exit(x)")
    environment = {"PYTHONPATH": str(Path(provgraph.__file__).parents[1])}
    command = [sys.executable, "-m", "program"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stdout) == (3, "('errored', 'it ended by sys.exit(3)')\n")
