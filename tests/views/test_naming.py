"""Records are told apart by their names, and what a reader should beware of is said."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provgraph.ancestry import ArtifactFacts, Input, Lineage, Output, Rows, build
from provgraph.views import drawing, text
from provgraph.views.bundles import COLORS
from provgraph.views.naming import marks, names
from provgraph.views.page import page
from tests.support.lineages import file, run

KEYS = st.lists(st.lists(st.sampled_from(["raw", "clean", "a", "x.csv"]), min_size=1, max_size=4), min_size=1)


def of_keys(*keys: str) -> Lineage:
    files = [file(f"file{number}")._replace(key=key) for number, key in enumerate(keys)]
    return build(Rows(files), [each.uid for each in files])


@pytest.mark.parametrize(
    ("keys", "called"),
    [
        (("raw/x.csv", "clean/x.csv"), ["raw/x.csv", "clean/x.csv"]),
        (("2024/raw/x.csv", "2025/raw/x.csv", "y.csv"), ["2024/raw/x.csv", "2025/raw/x.csv", "y.csv"]),
        (("deep/down/raw/x.csv", "clean/x.csv"), ["raw/x.csv", "clean/x.csv"]),
        (("x.csv", "raw/x.csv"), ["x.csv", "raw/x.csv"]),
        (("raw/x.csv", "raw/y.csv"), ["x.csv", "y.csv"]),
    ],
)
def test_files_of_one_name_get_the_parts_that_tell_them_apart(keys: tuple[str, ...], called: list[str]) -> None:
    """As many leading parts as needed, and none where the last part is enough."""
    assert list(names(of_keys(*keys)).values()) == called


@given(KEYS)
def test_different_keys_never_have_one_name(parts: list[list[str]]) -> None:
    """Whatever the keys are, two of them are called differently."""
    keys = sorted({"/".join(each) for each in parts})
    assert len(set(names(of_keys(*keys)).values())) == len(keys)


def test_versions_and_spaces_are_told_apart() -> None:
    """Two versions of one key have their version, one key in two spaces its space."""
    both = [file("a")._replace(key="d/x.csv", version="1"), file("b")._replace(key="d/x.csv", version="2")]
    assert list(names(build(Rows(both), ["a", "b"])).values()) == ["x.csv v1", "x.csv v2"]
    unnamed = [each._replace(version=None, uid=f"abcd000{number}") for number, each in enumerate(both)]
    found = names(build(Rows(unnamed), [each.uid for each in unnamed]))
    assert list(found.values()) == ["x.csv (0000)", "x.csv (0001)"]
    spaces = [each._replace(space=space, version="1") for each, space in zip(both, ("lab", "clinic"), strict=True)]
    assert sorted(names(build(Rows(spaces), ["a", "b"])).values()) == ["clinic/d/x.csv", "lab/d/x.csv"]


def test_page_tree_and_title_use_one_name() -> None:
    """What the picture calls a file, the tree calls it too."""
    lineage = build(
        Rows(
            [file("a")._replace(key="raw/x.csv"), file("b")._replace(key="clean/x.csv")],
            [run("clean", "clean.py")],
            [Output("b", "clean", 1, 2)],
            [Input("a", "clean", 1, 1)],
        ),
        "b",
    )
    assert text(lineage) == "clean/x.csv\n└── made by clean.py\n    └── from raw/x.csv"
    content = page(lineage)
    assert "<title>Lineage of clean/x.csv</title>" in content
    data = re.search(r'<script type="application/json" id="lineage">(.*?)</script>', content)
    assert data is not None
    assert [node["label"] for node in json.loads(data[1])["nodes"]] == ["raw/x.csv", "clean.py", "clean/x.csv"]


@pytest.mark.parametrize(("is_latest", "marked"), [(False, ["newer input"]), (True, []), (None, [])])
def test_a_run_that_read_an_older_version_says_so(is_latest: bool | None, marked: list[str]) -> None:
    """Only where the graph knows of a newer version; the file itself has no such mark."""
    lineage = build(
        Rows([file("a")._replace(is_latest=is_latest)], [run("r", "r.py")], inputs=[Input("a", "r", 1, 1)]), "r"
    )
    assert marks(lineage, "r") == marked
    assert marks(lineage, "a") == []
    assert ("[newer input]" in text(lineage)) is bool(marked)
    looks = drawing.node(lineage, "r")
    assert ("[newer input]" in looks["label"]) is bool(marked)
    assert ("there is a newer version of a.csv" in looks["title"]) is bool(marked)


def test_hover_facts_hold_everything_known() -> None:
    """Key, description, user, time, size and hash of a file."""
    facts = ArtifactFacts("u", "k.csv", "what it is", ".csv", 5_120, "abc", "3", True, 1, "ada", "lab", False, "data")
    title = drawing.node(build(Rows([facts]), "u"), "u")["title"]
    expected = [
        "key: k.csv",
        "description: what it is",
        "by: ada",
        "at: 1970",
        "size: 5.1 kB",
        "hash: abc",
        "version: 3",
    ]
    assert [each for each in expected if each not in title] == []


def luminance(colour: str) -> float:
    """Give the relative luminance of a colour: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


FONT = drawing.OPTIONS["nodes"]["font"]["color"]
PAGES = {"light": "#ffffff", "dark": "#0f172a"}


@pytest.mark.parametrize("theme", PAGES)
@pytest.mark.parametrize("looks", [drawing.RUN, drawing.ARTIFACT, drawing.CURRENT, drawing.DELETED, COLORS])
def test_text_and_shapes_can_be_read_on_light_and_dark_pages(theme: str, looks: dict[str, str]) -> None:
    """Text on its box and on the page has a contrast of 4.5 or more, a shape's border on the page one of 3."""

    def colour(value: str) -> str:
        return drawing.DARK[value] if theme == "dark" else value

    assert contrast(colour(FONT), colour(looks["background"])) >= 4.5
    assert contrast(colour(FONT), PAGES[theme]) >= 4.5
    assert contrast(colour(looks["border"]), PAGES[theme]) >= 3
