"""The picture of what is saved, on both engines: its methods, the facts it shows, its tree."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import provgraph as pg
from provgraph.errors import InvalidValueError
from tests.store.test_lineage import file, run, step

if TYPE_CHECKING:
    from provgraph.store.store import Store

pytestmark = pytest.mark.usefixtures("store")

FAILED = "MATCH (r:Run {uid: $uid}) SET r.error = $error, r.git_commit = $commit, r.status = 'errored' RETURN r.uid"


def test_a_lineage_is_shown_and_saved_as_records_are(capsys: pytest.CaptureFixture[str]) -> None:
    """`pg.lineage([...])` has the methods of a record's picture, with the same content."""
    raw = file("raw.txt")
    (table,) = step("clean", [raw], ["table.txt"])
    lineage = pg.lineage([table, raw])
    picture = lineage.view_lineage()
    assert (repr(picture), picture.html) == (repr(lineage), lineage.view().html)
    assert lineage.save("lineage.html").read_text(encoding="utf-8") == picture.html
    assert lineage.save("lineage.svg").read_text(encoding="utf-8") == lineage.to_svg()
    assert lineage.show("shown.html") == Path("shown.html")
    assert "shown.html" in capsys.readouterr().out
    assert "Two files" in lineage.view_lineage("Two files", cap=1).html


def test_a_picture_is_called_the_same_whoever_gives_it() -> None:
    """It is the lineage of what was asked for; that of a transform is named by it, not by its runs."""
    (table,) = step("clean", [file("raw.txt")], ["table.txt"])
    for picture in (table.view_lineage(), table.lineage().view_lineage(), pg.lineage("table.txt").view()):
        assert "<title>Lineage of table.txt</title>" in picture.html
    transform = pg.Transform.get(name="clean")
    assert "<title>Lineage of transform clean</title>" in transform.view_lineage().html


@pytest.mark.parametrize("cap", [-5, True, 1.5, "x"])
def test_another_cap_is_a_named_error(cap: Any) -> None:
    """What is no number from 0 up is said at once, before a page is asked for."""
    raw = file("raw.txt")
    for call in (raw.view_lineage, raw.lineage().view_lineage):
        with pytest.raises(InvalidValueError, match=f"the cap {cap!r} is not a number from 0 up"):
            call(cap=cap)


def test_a_hidden_run_is_marked_as_a_hidden_file_is() -> None:
    """Where its transform and its status are known as well: in the tree, the page, the pictures, JSON and the table."""
    raw = file("raw.txt")
    (table,) = step("clean", [raw], ["table.txt"])
    pg.Run.get(transform__name="clean").delete()
    raw.delete()
    lineage = pg.Artifact.get(table.uid).lineage()
    hidden = {uid for uid, facts in lineage.nodes.items() if facts.deleted}
    assert hidden == {raw.uid, *lineage.run_uids}
    lines = str(lineage).splitlines()
    assert ["[deleted]" in line for line in lines if "clean" in line or "raw.txt" in line] == [True, True]
    nodes = json.loads(lineage.to_json())["nodes"]
    assert {node["id"] for node in nodes if node["deleted"]} == hidden
    assert lineage.to_svg().count("[deleted]") == lineage.view().html.count("\\n[deleted]") == 2
    frame = lineage.nodes_df
    assert set(frame.index[frame["deleted"]]) == hidden
    assert frame["status"][lineage.run_uids].tolist() == ["running"]


def test_a_runs_parameters_error_and_commit_are_shown(store: Store) -> None:
    """Why a run failed, with what and from which commit: the facts of the lineage hold it, and the page shows it."""
    failed = pg.Run(pg.Transform(name="fit").save(), params={"rate": 0.1, "genes": ["TP53"]}).save()
    file("model.txt", failed)
    error = "Traceback (most recent call last):\n  File ...\nValueError: no cells are left\n"
    store.engine.write(lambda transaction: transaction.run(FAILED, uid=failed.uid, error=error, commit="1234abcd" * 5))
    (facts,) = (each for each in failed.lineage() if each.uid == failed.uid)
    assert facts._asdict().items() >= {"error": error, "git_commit": "1234abcd" * 5}.items()
    shown = html.unescape(failed.view_lineage().html)
    for fact in ("ValueError: no cells are left", 'genes=["TP53"], rate=0.1', "1234abcd" * 5):
        assert fact in shown


def test_a_tree_without_a_target_begins_with_what_came_first() -> None:
    """What was made of a file, and the answer of a query, are written from their beginning on."""
    raw = file("raw.txt")
    (clean,) = step("clean", [raw], ["clean.txt"])
    step("plot", [clean], ["one.png", "two.png"])
    lines = str(pg.impact(raw).view_lineage()).splitlines()
    wanted = ["clean", "└── made clean.txt", "└── read by plot", "├── made one.png", "└── made two.png"]
    assert [line.split(" · ")[0].strip() for line in lines] == wanted
    answer = pg.cypher("MATCH (n) WHERE n.space = $space AND (n:Run OR n:Artifact) RETURN n", space=raw.space)
    assert str(answer.graph().view()).startswith("raw.txt")
    assert "Also in" not in str(answer.graph())


def test_a_tree_keeps_to_the_order_of_what_happened() -> None:
    """What a run read after it had saved a file does not stand below that file."""
    first, second, running = file("first.txt"), file("second.txt"), run("mix")
    first.cache(is_run_input=running)
    early = file("early.txt", running)
    second.cache(is_run_input=running)
    late = file("late.txt", running)
    lines = [line.split(" · ")[0] for line in str(pg.lineage([early, late]).view_lineage()).splitlines()]
    branches = "\n".join(lines).split("late.txt")
    assert ["first.txt" in each for each in branches] == [True, False]
    assert ["second.txt" in each for each in branches] == [False, True]
