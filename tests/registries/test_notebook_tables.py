"""Tables in a notebook: keys, runs and transforms can be followed, and nothing in the data runs."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import provgraph as pg

if TYPE_CHECKING:
    from provgraph.store.store import Store


class Read(HTMLParser):
    """The summaries of a table, and for each what opens below it."""

    def __init__(self, html: str) -> None:
        """Read HTML."""
        super().__init__()
        self.tags: list[str] = []
        self.below: dict[str, str] = {}
        self._open: list[str] = []
        self._name = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        del attrs
        self.tags.append(tag)
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close a tag."""
        assert self._open.pop() == tag
        if tag == "details":
            self._name = ""

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        if self._open and self._open[-1] == "summary":
            self._name = data
            self.below[data] = ""
        elif self._name:
            self.below[self._name] += f" {data}"


@pytest.fixture
def made(store: Store) -> pg.Artifact:
    """A table that a run of a script made."""
    assert store
    Path("a.csv").write_text("1")
    run = pg.Run(pg.Transform(name="clean", type="script").save(), params={"cutoff": 3}).save()
    return pg.Artifact("a.csv", key="data/a.csv", description="numbers", run=run).save()


def test_keys_runs_and_transforms_of_a_query_set_can_be_followed(made: pg.Artifact, store: Store) -> None:
    """One query for all; below each name stands what is known of it."""
    before = store.engine.statements
    read = Read(pg.Artifact.filter()._repr_html_())
    assert store.engine.statements - before == 1
    assert made.hash is not None
    assert made.hash in read.below["data/a.csv"]
    assert "script" in read.below["clean"]
    assert "testuser1" in read.below
    run = next(text for name, text in read.below.items() if name.startswith("20"))
    assert "{'cutoff': 3}" in run
    runs = Read(pg.Run.filter()._repr_html_())
    assert {"clean", "testuser1"} <= runs.below.keys()
    for registry in (pg.Transform, pg.User, pg.Storage, pg.Collection):
        assert Read(registry.filter()._repr_html_()).tags[0] == "table"


def test_a_record_shows_its_run_and_transform(made: pg.Artifact) -> None:
    """To be followed, too; an unsaved one shows what it holds."""
    read = Read(made._repr_html_())
    assert {"clean", "testuser1"} <= read.below.keys()
    assert "placed" not in made._repr_html_()
    unsaved = Read(pg.Transform(name="new")._repr_html_())
    assert "details" not in unsaved.tags


def test_nothing_in_the_data_is_a_tag(store: Store) -> None:
    """Neither in a cell nor in what opens below it."""
    assert store
    Path("a.csv").write_text("1")
    run = pg.Run(pg.Transform(name="<script>x</script>", type="script").save(), name="<img onerror=x>").save()
    pg.Artifact("a.csv", key="<b>.csv", description="</details><script>", run=run).save()
    tags = set(Read(pg.Artifact.filter()._repr_html_()).tags)
    assert tags == {"table", "caption", "tbody", "tr", "th", "td", "details", "summary"}
