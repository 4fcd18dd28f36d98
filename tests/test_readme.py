"""README: every block of code runs, prints what it says, and every link leads somewhere."""

from __future__ import annotations

import itertools
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.support.processes import surroundings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#]+)")

ALLOWED = {
    "export NEO4J_PASSWORD=a-password-of-yours",
    "docker compose up -d --wait",
    "export PROVGRAPH_URL=neo4j://localhost:7687",
    "pip install provgraph",
    "pip install .",
    "pip install -e .",
}
"""Lines that a test cannot run: they install, or need Docker. test_compose.py reads what they use."""
PEOPLE = {"testuser1", "testuser2"}


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, its text, and the file that the text before it names."""

    language: str
    text: str
    file: str | None


@cache
def blocks() -> list[Block]:
    found = []
    end = 0
    for match in FENCE.finditer(README):
        named = re.findall(r"Save this as `([\w./-]+\.py)`", README[end : match.start()])
        found.append(Block(match[1], match[2], named[-1] if named else None))
        end = match.end()
    return found


def lines() -> list[str]:
    """Every command of the bash blocks, without comments."""
    listed = [line.strip() for block in blocks() if block.language == "bash" for line in block.text.splitlines()]
    return [line for line in listed if line and not line.startswith("#")]


def program(*arguments: str) -> str:
    environment = surroundings(COLUMNS="120")
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, f"{shlex.join(arguments)}: {done.stderr}"
    return done.stdout


def run_python() -> str:
    """Run all Python blocks in their order as the script that README names, and give what it prints."""
    python = [block for block in blocks() if block.language == "python"]
    file = next((block.file for block in python if block.file), "example.py")
    Path(file).write_text("\n".join(block.text for block in python))
    return program(sys.executable, file)


def as_pattern(expected: str) -> str:
    """Make a pattern of what README shows: uids, dates, times and sizes are others each time."""
    return re.sub(
        r"(?P<date>\d{4}-\d\d-\d\d)|(?P<time>\d\d:\d\d(:\d\d)?)|(?P<size>\d+(\.\d+)? [kMG]?B)\b"
        r"|(?P<word>[A-Za-z0-9]+)|(?P<other>.)",
        _kind,
        expected,
        flags=re.DOTALL,
    )


def _kind(match: re.Match[str]) -> str:
    patterns = {"date": r"\d{4}-\d\d-\d\d", "time": r"\d\d:\d\d(:\d\d)?", "size": r"\d+(\.\d+)? [kMG]?B"}
    found, text = str(match.lastgroup), match[0]
    if found in patterns:
        return patterns[found]
    is_uid = 8 <= len(text) <= 20 and text not in PEOPLE and re.search(r"\d|[a-z][A-Z]", text)
    return f"[A-Za-z0-9]{{{len(text)}}}" if is_uid else re.escape(text)


def test_python_prints_what_readme_shows() -> None:
    """The Python blocks, run in their order, print the text blocks that follow them."""
    printed = run_python()
    listed = blocks()
    expected = "".join(
        after.text
        for before, after in itertools.pairwise(listed)
        if (before.language, after.language) == ("python", "text")
    )
    assert expected
    assert re.fullmatch(as_pattern(expected), printed), f"README shows\n{expected}\nbut the code prints\n{printed}"


@pytest.mark.parametrize("other", ["2.6 kB", "2026-11-23", "VpL0JhiFabcd0001"])
def test_only_what_differs_each_time_may_differ(other: str) -> None:
    """Uids, dates, times and sizes are any; a word, a key or a number is itself."""
    assert re.fullmatch(
        as_pattern("a.csv · VpL0JhiFabcd0000 · 1.2 kB · 2024-12-20 15:09"),
        (
            f"a.csv · {other if other.startswith('V') else 'X1GYNq9tabcd0000'} · "
            f"{other if other.endswith('B') else '3 MB'} · {other if other.startswith('2026') else '2025-01-01'} 16:10"
        ),
    )
    assert not re.fullmatch(as_pattern("a.csv by testuser1"), "b.csv by testuser1")
    assert not re.fullmatch(as_pattern("a.csv by testuser1"), "a.csv by testuser2")


def test_commands_run() -> None:
    """After the Python blocks each `provgraph` line of the bash blocks succeeds in the same folder."""
    commands = [line for line in lines() if line.startswith("provgraph ")]
    assert commands
    run_python()
    for line in commands:
        program(sys.executable, "-m", "provgraph.cli", *shlex.split(line, comments=True)[1:])
    for page in re.findall(r"--html (\S+)", "\n".join(commands)):
        assert "<html" in Path(page).read_text(encoding="utf-8")


def test_make_targets_are_there() -> None:
    """Each `make` line names a target of the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {line.split()[1] for line in lines() if line.startswith("make ")}
    assert {"demo", "test"} <= named <= targets


def test_every_other_line_is_known() -> None:
    """A line that no test runs must stand in the list of those that may."""
    others = [line for line in lines() if not line.startswith(("make ", "provgraph "))]
    assert [line for line in others if line not in ALLOWED] == []


def test_every_block_has_a_language_that_is_tested() -> None:
    """No block escapes: python, bash, and text after python."""
    listed = blocks()
    assert {block.language for block in listed} <= {"python", "bash", "text"}
    for before, after in zip([None, *listed], listed, strict=False):
        assert after.language != "text" or (before is not None and before.language == "python")
    assert README.count("```") == 2 * len(listed)


def test_links_lead_to_files() -> None:
    """Each link and picture that is no address is a file of the checkout."""
    links = LINK.findall(README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_what_tables_and_sentences_name_is_there() -> None:
    """Every `pg.name` and every `provgraph command` that README names exists."""
    import provgraph as pg
    from provgraph.cli import main

    assert set(re.findall(r"\bpg\.(\w+)", README)) <= set(pg.__all__)
    assert set(re.findall(r"[`\n]provgraph ([a-z]+)", README)) <= main.commands.keys()
