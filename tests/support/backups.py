"""Projects with a little of everything, to be backed up, lost and got back."""

from __future__ import annotations

import json
import math
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import provgraph as pg
from provgraph.errors import EngineUnavailableError
from provgraph.storage import archive
from provgraph.store import current

if TYPE_CHECKING:
    from collections.abc import Callable


Graph = tuple[list[str], list[str]]

ODD = """
MATCH (a:Artifact {uid: $uid})
SET a.`my own` = 'ß🧬', a.whole = 1, a.part = 1.0, a.big = 9007199254740993, a.yes = true, a.no = $nan,
    a.list = [1.0, 2.0], a.none = [], a.measured = datetime('2024-01-02T03:04:05.123456789[Europe/Berlin]'),
    a.`at sea` = datetime('2024-01-02T03:04:05+05:30'), a.day = date('2024-01-02'),
    a.clock = localtime('10:11:12'), a.lasts = duration('P1DT2H'), a.place = point({x: 1.0, y: 2.0}),
    a.dates = [datetime('2024-01-02T03:04:05Z')], a.local = localdatetime('2024-01-02T03:04:05')
"""


def written(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def graph(space: str) -> Graph:
    """Every node of a space and every edge that begins there, as texts in an order, with the types of all values."""
    read = current.existing().engine.read
    nodes = read("MATCH (n) WHERE n.space = $space RETURN labels(n), properties(n)", space=space)
    shared = read("MATCH (n)-->(s) WHERE n.space = $space AND s.space IS NULL RETURN DISTINCT labels(s), properties(s)",
                  space=space)  # fmt: skip
    edges = read("MATCH (n)-[e]->(m) WHERE n.space = $space RETURN n.uid, type(e), m.uid, properties(e)", space=space)
    return (
        sorted(f"{sorted(labels)} {sorted(facts.items())!r}" for labels, facts in [*nodes, *shared]),
        sorted(f"{begin} {kind} {end} {sorted(facts.items())!r}" for begin, kind, end, facts in edges),
    )


def flow() -> None:
    """A little of everything: versions, a collection, an input, hidden records, edges and values by hand."""
    first = pg.Transform(name="Make").save()
    second = pg.Transform(name="Read", version="1").save()
    other = pg.Transform(name="Other").save()
    pg.cypher("MATCH (t:Transform {uid: $a}) MATCH (p:Transform {uid: $b}) CREATE (t)-[:PREDECESSOR {by: 'hand'}]->(p)",
              a=other.uid, b=second.uid, write=True)  # fmt: skip
    run = pg.track(transform=first, params={"cutoff": 0.01, "deep": {"n": [1, None]}})
    made = pg.Artifact(written("a.csv", "1"), key="a.csv", description="ß").save()
    pg.Artifact(written("a.csv", "2"), key="a.csv").save()
    pg.Artifact(written(".provgraph/storage/own/root.csv", "root")).save()
    pg.Artifact(written("data/place.csv", "place"), key="place.csv", copy=False).save()
    pg.finish()
    reader = pg.track(transform=second)
    made.cache()
    result = pg.Artifact(written("b.csv", "b"), key="b.csv").save()
    pg.Collection([made, result], name="both").save()
    pg.Collection([result], name="both").save()
    pg.Artifact(written("gone.csv", "gone"), key="gone.csv").save().delete()
    pg.cypher(ODD, uid=made.uid, nan=math.inf, write=True)
    pg.cypher("MATCH (a:Artifact {uid: $uid}) MATCH (r:Run {uid: $run}) CREATE (a)-[:`LOOKS like` {n: 1}]->(r), "
              "(a)-[:`LOOKS like` {n: 2}]->(r)", uid=made.uid, run=run.uid, write=True)  # fmt: skip
    pg.finish()
    assert reader.uid != run.uid


def unfinished() -> pg.Run:
    """A run of another host, which nobody here may end."""
    run = pg.Run(pg.Transform(name="Elsewhere").save(), name="goes on").save()
    pg.cypher("MATCH (r:Run {uid: $uid}) SET r.host = 'elsewhere'", uid=run.uid, write=True)
    return run


def kept_waiting(name: str) -> None:
    """Save a transform as if the graph could not be reached: it waits in the spool, and is not in the graph."""
    ledger = current.existing().ledger
    ledger._part(EngineUnavailableError("it is away", "Wait."))
    ledger._next_try = math.inf
    pg.Transform(name=name).save()
    ledger.apart = None


def lose() -> None:
    """Everything of the store is deleted: records, files, configuration."""
    pg.delete(force=True)
    shutil.rmtree(".provgraph", ignore_errors=True)


def config() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(".provgraph/config.json").read_text())
    return found


def small() -> Path:
    """A backup without much in it."""
    pg.init(name="lab")
    run = pg.Run(pg.Transform(name="Make").save()).save()
    pg.Artifact(written("a.csv", "1"), key="a.csv", run=run).save()
    pg.backup("lab.zip", files=True)
    lose()
    return Path("lab.zip")


def changed(path: Path, change: Callable[[dict[str, bytes], dict[str, Any]], None]) -> None:
    """Write a backup anew, sealed as ours are, with other entries."""
    with zipfile.ZipFile(path) as held:
        entries = {name: held.read(name) for name in held.namelist()}
    manifest = json.loads(entries.pop("manifest.json"))
    change(entries, manifest)
    with archive.draft_beside(path) as file:
        draft = archive.Draft(file.open("wb"))
        for name, data in entries.items():
            draft.add(name, data)
        draft.close(manifest)
        archive.publish(file, path)
