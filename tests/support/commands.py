"""The `provgraph` command, in this process or in one of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from click.testing import CliRunner

from provgraph.cli import main
from tests.support.processes import surroundings

if TYPE_CHECKING:
    from click.testing import Result


def provgraph(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=stdin)


def answer(*arguments: str, stdin: str | None = None) -> str:
    """What a command that succeeds prints for a program or a person to read."""
    done = provgraph(*arguments, stdin=stdin)
    assert done.exit_code == 0, done.output
    return done.stdout


def refusal(*arguments: str, stdin: str | None = None) -> str:
    """The one line of a command that fails with one of provgraph's errors."""
    done = provgraph(*arguments, stdin=stdin)
    assert done.exit_code == 1, done.output
    assert done.stdout == ""
    errors = [line for line in done.stderr.splitlines() if not line.startswith("→")]
    assert len(errors) == 1, done.stderr
    assert errors[0].startswith("Error: ")
    return errors[0]


def process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own, as a shell starts it."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "provgraph.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=surroundings(**environment),
    )
