"""`.show()`: a page in the person's own browser, where there is one."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

SCRIPT = """
from provgraph.ancestry import Rows, build
from provgraph.views import Picture
print(Picture(build(Rows(), "Ci4XwC2Vd3KQ0000")).show())
"""
WITHOUT = ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION", "SSH_TTY", "CI", "BROWSER")


def shown(folder: Path, **environment: str) -> list[str]:
    """Run a script that shows a picture, and give the lines that it wrote."""
    known = {name: value for name, value in os.environ.items() if name not in WITHOUT}
    env = {**known, "TMPDIR": str(folder), **environment}
    written = subprocess.check_output([sys.executable, "-c", SCRIPT], env=env, text=True, timeout=60)
    return written.splitlines()


def browser(folder: Path) -> dict[str, str]:
    """Give an environment whose browser notes what it opens, and stays open until it is told to end."""
    program = folder / "browser"
    program.write_text(
        textwrap.dedent(f"""\
        #!/bin/sh
        echo "$1" > "{folder}/note" && mv "{folder}/note" "{folder}/opened"
        while [ ! -e "{folder}/end" ]; do sleep 0.05; done
        """)
    )
    program.chmod(0o755)
    return {"BROWSER": f"{program} %s", "DISPLAY": ":0"}


@pytest.mark.skipif(sys.platform != "linux", reason="the screen is asked for by variables on Linux alone")
def test_it_opens_the_page_and_does_not_wait(tmp_path: Path) -> None:
    """The script ends while its browser is still open, and has said where the page is."""
    said, path = shown(tmp_path, **browser(tmp_path))
    assert said == f"The lineage is in {path} and opens in the browser"
    assert Path(path).read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    for _ in range(200):
        if (tmp_path / "opened").exists():
            break
        subprocess.run(["sleep", "0.05"], check=True)
    assert (tmp_path / "opened").read_text().strip() == Path(path).as_uri()
    (tmp_path / "end").touch()


@pytest.mark.parametrize("lacking", [{"DISPLAY": ""}, {"SSH_CONNECTION": "::1 1 ::1 22"}, {"CI": "true"}])
def test_without_a_screen_it_says_where_the_page_is(tmp_path: Path, lacking: dict[str, str]) -> None:
    """Nothing is opened, and the page is there."""
    said, path = shown(tmp_path, **{**browser(tmp_path), **lacking})
    assert said == f"The lineage is in {path}"
    assert Path(path).stat().st_size > 100_000
    assert not (tmp_path / "opened").exists()
