"""An account that may only read: the local engine's own, used as that of a server, as Neo4j Community has no roles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import provgraph as pg
from provgraph.errors import QueryError, ReadOnlyAccountError
from provgraph.store import current
from tests.support.scripts import execute, script

if TYPE_CHECKING:
    from collections.abc import Callable

    from provgraph.engines.contract import Credentials
    from provgraph.engines.local import LocalEngine

KILLED = """
import os
pg.track()
pg.Artifact("out.csv", key="out.csv").save()
os._exit(1)
"""


@pytest.fixture
def as_(
    project: Path, local_engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Credentials | None], None]:
    """Go on as another account of the server."""
    address = local_engine.locate()
    monkeypatch.setenv("PROVGRAPH_URL", address.url)
    monkeypatch.setenv("NEO4J_DATABASE", str(address.database))

    def go_on(credentials: Credentials | None) -> None:
        assert credentials is not None
        current.close()
        monkeypatch.setenv("NEO4J_USERNAME", credentials.username)
        monkeypatch.setenv("NEO4J_PASSWORD", credentials.password)

    go_on(address.writer)
    pg.init(name=f"read-{project.parent.name}", shared=True)
    return go_on


def test_who_may_only_read_can_ask_and_draw(
    as_: Callable[[Credentials | None], None], local_engine: LocalEngine
) -> None:
    """Whatever happened before: a run that was lost is noted by the next who may write."""
    script("killed.py", KILLED)
    Path("out.csv").write_text("1")
    assert execute("killed.py").returncode == 1
    address = local_engine.locate()
    as_(address.reader)
    made = pg.Artifact.get(key="out.csv")
    assert made.cache(is_run_input=False).read_text() == "1"
    assert len(made.lineage()) == 2
    assert "killed.py" in made.view_lineage().html
    status = "MATCH (:Artifact {uid: $uid})-[:OUTPUT_OF]->(r:Run) RETURN r.status AS status"
    assert pg.cypher(status, uid=made.uid) == [{"status": "running"}]
    assert pg.check() == []
    as_(address.writer)
    assert pg.Run.filter().one().status == "abandoned"


@pytest.mark.parametrize(
    "call",
    [
        lambda: pg.track(transform=pg.Transform(name="step", type="function")),
        lambda: pg.Transform(name="x").save(),
        lambda: pg.cypher("CREATE (:Thing)", write=True),
        lambda: pg.delete(force=True),
    ],
)
def test_who_may_only_read_is_told_so(
    as_: Callable[[Credentials | None], None], local_engine: LocalEngine, call: Callable[[], object]
) -> None:
    """By an error that names the account; nothing waits in the spool for ever."""
    pg.Transform(name="there").save()
    as_(local_engine.locate().reader)
    with pytest.raises(Exception, match="lets the user 'reader' only read"):
        call()
    assert list(Path(".provgraph/spool").glob("*")) == []
    assert pg.Transform.filter().list("name") == ["there"]


def test_a_query_that_must_not_write_says_how_to_allow_it(
    as_: Callable[[Credentials | None], None], local_engine: LocalEngine
) -> None:
    """That is not the account's doing."""
    as_(local_engine.locate().reader)
    with pytest.raises(QueryError, match="write=True"):
        pg.cypher("CREATE (:Thing)")
    with pytest.raises(ReadOnlyAccountError):
        pg.cypher("CREATE (:Thing)", write=True)
