"""The queries that a page gives a person to copy, on both engines."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import provgraph as pg
from provgraph import statements

if TYPE_CHECKING:
    from provgraph.store.store import Store


def copied(kind: str, uid: str) -> str:
    """Give a query as the page writes it: with the record's uid in its text."""
    return re.sub(r"\$uid", lambda _: f'"{uid}"', statements.load(f"views/{kind}").text)


def test_a_records_query_gives_its_neighbours(store: Store) -> None:
    """Of a file the runs that made it and read it, of a run its transform and what it read and made."""
    assert store
    for name in ("a.txt", "b.txt"):
        Path(name).write_text(name)
    first = pg.Run(pg.Transform(name="first").save()).save()
    raw = pg.Artifact("a.txt", key="a.txt", run=first).save()
    second = pg.Run(pg.Transform(name="second").save()).save()
    raw.cache(is_run_input=second)
    pg.Artifact("b.txt", key="b.txt", run=second).save()
    assert list(pg.cypher(copied("artifact", raw.uid))) == [
        {"file": "a.txt", "made_by": [first.uid], "read_by": [second.uid]}
    ]
    picture = raw.view_lineage(cap=2)
    assert "1 group holds 2 of 4 records: later steps ×2" in picture.html
    assert "hold" not in raw.lineage().view().html.split('id="folded"')[1][:60]
    assert list(pg.cypher(copied("run", second.uid))) == [{"transform": "second", "read": ["a.txt"], "made": ["b.txt"]}]
