"""Every code block of README.md runs, and prints what README.md says."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
MARK = "== the end of a block =="
VARYING = {r"\d{4}-\d\d-\d\d": "DATE", r"\d+(\.\d+)? [kMG]?B\b": "SIZE"}
"""Dates, and sizes of files that depend on versions of other packages."""


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and the `text` block that follows it: what it prints."""

    language: str
    text: str
    output: str | None


def blocks(markdown: str) -> list[Block]:
    """Read the fenced blocks of a page."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", markdown, re.MULTILINE | re.DOTALL)
    followers = [*fenced[1:], ("", "")]
    return [
        Block(language, text, follower[1] if follower[0] == "text" else None)
        for (language, text), follower in zip(fenced, followers, strict=True)
        if language != "text"
    ]


def of(language: str) -> list[Block]:
    return [block for block in blocks(README) if block.language == language]


def same_everywhere(text: str) -> str:
    for pattern, name in VARYING.items():
        text = re.sub(pattern, name, text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def execute(*command: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def printed(project: Path) -> list[str]:
    """What each Python block printed: they run in their order in one script, under the name that README gives it."""
    named = re.search(r"`(\w+\.py)`", README)
    script = project / (named[1] if named else "readme.py")
    script.write_text("".join(f"{block.text}\nprint({MARK!r})\n" for block in of("python")))
    done = execute(sys.executable, script.name)
    assert done.returncode == 0, done.stderr
    return done.stdout.split(f"{MARK}\n")[:-1]


def test_python_blocks_print_what_is_shown(printed: list[str]) -> None:
    """There is Python in README.md, and each block prints what the block after it shows."""
    assert printed
    for block, output in zip(of("python"), printed, strict=True):
        assert same_everywhere(output) == same_everywhere(block.output or "")


@pytest.mark.usefixtures("printed")
def test_shell_lines_work() -> None:
    """Each line of the shell is a target of make, a variable or server that exists, or a command that succeeds here."""
    lines = [line for block in of("bash") for line in block.text.splitlines() if line and not line.startswith("#")]
    assert {"make demo", "make test"} <= set(lines)
    for line in lines:
        check(*shlex.split(line, comments=True))


def test_only_blocks_that_are_checked_are_there() -> None:
    """A block of another language would be believed and never run."""
    assert {block.language for block in blocks(README)} <= {"python", "bash"}


def test_pictures_and_files_exist() -> None:
    """What README.md links to in the repository is there."""
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []


def check(command: str, *words: str) -> None:
    """Check one line; a command that nobody thought of is a failure."""
    if command == "provgraph":
        done = execute(sys.executable, "-m", "provgraph.cli", *words)
        assert done.returncode == 0, (words, done.stderr)
    elif command == "make":
        assert re.search(rf"^{words[0]}:", (ROOT / "Makefile").read_text(), re.MULTILINE), words
    elif command == "export":
        check_variable(*words[0].split("=", 1))
    else:
        assert (command, *words[:2]) == ("docker", "compose", "up"), (command, words)


def check_variable(name: str, value: str) -> None:
    """A variable is one that the code reads; a URL is where compose's server answers."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["neo4j"]
    read = "".join(path.read_text() for path in (ROOT / "provgraph").rglob("*.py"))
    assert name in read
    if name == "PROVGRAPH_URL":
        assert f"127.0.0.1:{value.rpartition(':')[2]}:7687" in compose["ports"]
