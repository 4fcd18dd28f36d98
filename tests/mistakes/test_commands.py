"""What a person does wrong at a shell: one line that says what to do, an exit code, and nothing written."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

import pytest

from tests.mistakes import table
from tests.support.commands import provgraph
from tests.support.engines import in_local_world

if TYPE_CHECKING:
    from click.testing import Result

    from tests.mistakes.table import Mistake
    from tests.mistakes.world import World

COMMANDS: Final = table.read("commands")

pytestmark = in_local_world


def told(done: Result) -> str:
    """Give the error that a command has shown, without what it said of the store."""
    return done.stderr.partition("Error: ")[2].rstrip("\n")


@pytest.mark.parametrize("mistake", COMMANDS, ids=lambda each: each.typed)
def test_a_wrong_command_is_one_line_and_an_exit_code(mistake: Mistake, world: World) -> None:
    """1 for what cannot be done, 2 for what is no command; the stack is shown when `--debug` asks for it."""
    before = world.known or world.state()
    done = provgraph(*shlex.split(mistake.typed))
    assert (done.exit_code, done.stdout) == (int(mistake.kind), ""), done.stderr
    assert mistake.fits(told(done)), told(done)
    assert "Traceback" not in done.stderr
    traced = provgraph("--debug", *shlex.split(mistake.typed))
    assert (traced.exit_code, traced.stdout) == (done.exit_code, "")
    assert traced.stderr.endswith(f"Error: {told(done)}\n")
    assert ("Traceback" in traced.stderr) is (done.exit_code == 1)
    world.back()
    world.known = world.state()
    assert world.known == before
