"""How something was made, as Markdown: what it says, and that nothing in the data can say more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from provgraph.ancestry import ArtifactFacts, Input, Output, Rows, RunFacts, build
from provgraph.views.explanation import Details, code, markdown

if TYPE_CHECKING:
    from markdown_it.token import Token

HOSTILE = ["<script>alert(1)</script>", "[a](http://x)", "`` ` ```", "# head\n- item", "|a|b|", "\u202egpj", "![x](y)"]


def story(name: str = "table.csv", **details: object) -> str:
    """Explain a table that a run made of a raw file."""
    rows = Rows(
        artifacts=[
            ArtifactFacts("raw", name, "numbers", ".csv", 1200, "a" * 64, None, True, 1, "ada", "lab", False, "data"),
            ArtifactFacts("table", name, None, ".csv", 3, "b" * 64, None, True, 3, "ada", "lab", False, "data"),
        ],
        runs=[RunFacts("run", None, "completed", 1, 2, "bob", "t", name, name, "script", "7.2", "lab", git_dirty=True)],
        inputs=[Input("raw", "run", saw=1, step=1)],
        outputs=[Output("table", "run", seq=1, step=2)],
    )
    known = Details(**details)  # type: ignore[arg-type]
    return markdown(build(rows, "table", direction="upstream"), {"run": known})


def tokens(text: str) -> list[Token]:
    found: list[Token] = []
    for each in MarkdownIt().parse(text):
        found += [each, *(each.children or [])]
    return found


def test_it_says_what_was_done_with_what_by_whom() -> None:
    """The files it began with, then each run with code, commit, parameters, command, versions, inputs and outputs."""
    text = story(
        params={"cutoff": 0.01},
        argv=["clean.py", "--fast", "a b"],
        python="3.11.7",
        git_commit="0123456789abcdef",
        code_hash="c" * 64,
        reference="https://example.org",
        packages={"pandas": "2.3.3"},
    )
    for words in (
        "# How `table.csv` was made",
        "1 run, beginning with 1 file that no run made; by `ada`, `bob`.",
        "- `table.csv` · `numbers` · 1.2 kB · hash `aaaaaaaaaaaa` · saved by `ada` · 1970-01-01 00:00:00 UTC",
        "## 1. `table.csv` (script 7.2)",
        "- code: `table.csv`, hash `cccccccccccc`",
        "- reference: `https://example.org`",
        "- git commit: `0123456789ab` with changes that were not committed",
        "- parameters: `cutoff=0.01`",
        "- command: `clean.py --fast 'a b'`",
        "- with Python 3.11.7, pandas 2.3.3",
        "- read:\n  - `table.csv`",
        "- made:\n  - `table.csv` · 3 B · hash `bbbbbbbbbbbb`",
    ):
        assert words in text


def test_what_is_not_known_is_left_out() -> None:
    """No empty line of it."""
    text = story()
    for word in ("parameters", "command", "git", "reference", "with Python", "failed"):
        assert word not in text


def test_a_failed_run_is_to_be_looked_at() -> None:
    """Its last words are there."""
    text = story(error="Traceback:\n  ...\nValueError: no such gene\n")
    assert "- it failed: `ValueError: no such gene`" in text


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_the_data_is_markup(text: str) -> None:
    """A real parser finds the same elements whatever names, parameters and commands hold."""
    plain = [each.type for each in tokens(story("x", params={"x": "x"}, argv=["x", "x"], reference="x", error="x"))]
    found = tokens(story(text, params={"x": text}, argv=[text, text], reference=text, error=text))
    assert [each.type for each in found] == plain
    assert "http" not in {name for each in found for name in each.attrs}


@given(st.text())
def test_a_text_is_one_span_of_code(text: str) -> None:
    """Whatever it holds."""
    (paragraph,) = [each for each in MarkdownIt().parse(f"a {code(text or 'x')} b") if each.type == "inline"]
    spans = [each for each in paragraph.children or [] if each.type == "code_inline"]
    assert len(spans) == 1


def test_long_lists_and_texts_are_cut() -> None:
    """And it is said how much is left out."""
    outputs = [Output(f"a{number}", "run", seq=1, step=number) for number in range(100)]
    rows = Rows(inputs=[Input("raw", "run", 1, 0)], outputs=outputs)
    text = markdown(build(rows, "a99", direction="upstream"), {"run": Details(params={"x": "y" * 10_000})})
    assert "  - and 80 more" in text
    assert max(map(len, text.splitlines())) < 600
