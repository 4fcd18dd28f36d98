"""A skipped test is seen, and fails a CI run."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.processes import surroundings

if TYPE_CHECKING:
    from pathlib import Path

BODY = "import pytest\n\ndef test_a():\n    pytest.skip('needs a lathe: buy one')\n\ndef test_b():\n    pass\n"


@pytest.mark.parametrize(("ci", "code"), [("true", pytest.ExitCode.TESTS_FAILED), ("", pytest.ExitCode.OK)])
def test_a_skip_is_named_and_fails_in_ci_alone(project: Path, ci: str, code: int) -> None:
    """One line names what is missing, in quiet runs too; only with CI=true the run fails."""
    (project / "test_skipping.py").write_text(BODY)
    (project / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.support.skips", "test_skipping.py"]
    done = subprocess.run(
        command,
        env=surroundings(CI=ci),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.count("not tested here: needs a lathe: buy one") == 1
    assert ("with CI=true a skipped test is a failure" in done.stdout) is bool(ci)
    assert done.returncode == code
