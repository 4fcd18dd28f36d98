"""The schema: its version stands in the graph, and migrations bring an older store up to date."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

import pytest

import provgraph as pg
from provgraph import statements
from provgraph.engines.bolt import BoltEngine
from provgraph.engines.local import LocalEngine
from provgraph.errors import EngineError, QueryError, SetupError
from provgraph.statements import files
from provgraph.store import current
from provgraph.store.instances import schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from provgraph.store.store import Store

HEADER = "// mode: write\n// returns: none\n// parameters: none\n"


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version of its own in the database: the tests of other processes go on beside these."""
    monkeypatch.setattr(schema, "NAME", f"provgraph of {tmp_path.name}")


@pytest.fixture
def migration(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], int]]:
    """Add a migration after those that there are."""
    before = schema.newest()
    copied = tmp_path / "cypher"
    shutil.copytree(files.folder(), copied)
    monkeypatch.setattr(files, "folder", lambda: copied)

    def add(text: str) -> int:
        (copied / "migrations" / f"{before + 1:04}_test.cypher").write_text(HEADER + text)
        return before + 1

    yield add
    store.engine.close()
    statements.load.cache_clear()
    statements.script.cache_clear()


def _set_version(store: Store, number: int) -> None:
    statement = statements.load("schema/set_version")
    store.engine.write(lambda tx: tx.run(statement, name=schema.NAME, version=number))


def test_the_version_is_one_node_of_the_graph(store: Store) -> None:
    """It holds the number of the newest migration."""
    versions = store.engine.read("MATCH (s:Schema {name: $name}) RETURN s.version", name=schema.NAME)
    assert versions == [[schema.newest()]]
    assert schema.version(store.engine) == schema.newest()


def test_init_can_be_repeated(store: Store) -> None:
    """A second time nothing is applied, and what was saved is there."""
    saved = pg.Transform(name="step").save()
    assert schema.bring_up_to_date(store.engine) is False
    again = pg.init(store.instance.root)
    assert again.space == store.space
    assert pg.Transform.get(name="step") == saved


def test_applying_a_migration_twice_changes_nothing(store: Store) -> None:
    """As when two processes open a new store at once, or the first was killed in between."""
    for number, name in schema._migrations():
        schema.migrate(store.engine, number, name)
    assert store.engine.read("MATCH (s:Schema {name: $name}) RETURN count(s)", name=schema.NAME) == [[1]]


UNIQUE: Final = {
    ("Schema", "name"),
    ("Writer", "uid"),
    *(
        (label, name)
        for label in ("User", "Storage", "Transform", "Artifact", "Collection")
        for name in ("uid", "slot")
    ),
    ("Run", "uid"),
}
INDEXED: Final = {
    ("Transform", "hash"),
    ("Transform", "created_us"),
    ("Run", "status"),
    ("Run", "created_us"),
    ("Artifact", "key"),
    ("Artifact", "hash"),
    ("Artifact", "folded"),
    ("Artifact", "created_us"),
    ("Collection", "created_us"),
}


def test_a_new_store_has_every_constraint_and_index(store: Store) -> None:
    """And none that a later migration made needless."""
    labels = {label for label, _ in UNIQUE}
    there = [
        {
            (label, name)
            for label, name in store.engine.read(
                f"{show} YIELD labelsOrTypes, properties RETURN labelsOrTypes[0], properties[0]"
            )
            if label in labels
        }
        for show in ("SHOW CONSTRAINTS", "SHOW INDEXES")
    ]
    assert there == [UNIQUE, UNIQUE | INDEXED]


@pytest.mark.usefixtures("store")
def test_constraints_are_there() -> None:
    """Two nodes with one uid are refused by the database itself."""
    first = pg.Transform(name="step").save()
    with pytest.raises((EngineError, QueryError)):
        pg.cypher("CREATE (:Transform {uid: $uid})", uid=first.uid, write=True)
    assert pg.Transform.filter().count() == 1


def test_an_older_store_is_brought_up_to_date_when_it_is_opened(store: Store, migration: Callable[[str], int]) -> None:
    """A migration of two statements changes records that were there, once, and the version says so."""
    old = pg.Transform(name="step").save()
    text = f"MATCH (t:Transform {{uid: '{old.uid}'}}) SET t.description = coalesce(t.description, '') + "
    number = migration(f"{text} 'a';\n{text} 'b; c';\n")
    opened = current.use(store.instance, quiet=True)
    assert schema.version(opened.engine) == number
    assert pg.Transform.get(old.uid).description == "ab; c"
    current.use(store.instance, quiet=True)
    assert pg.Transform.get(old.uid).description == "ab; c"


def test_a_migration_that_fails_leaves_the_store_as_it_was(store: Store, migration: Callable[[str], int]) -> None:
    """Its statements and the version are one transaction."""
    old = pg.Transform(name="step", description="before").save()
    number = migration(f"MATCH (t:Transform {{uid: '{old.uid}'}}) SET t.description = 'after';\nRETURN 1 / 0;\n")
    with pytest.raises(QueryError):
        schema.bring_up_to_date(store.engine)
    assert schema.version(store.engine) == number - 1
    assert pg.Transform.get(old.uid).description == "before"


def test_a_store_of_a_newer_provgraph_is_refused(store: Store, migration: Callable[[str], int]) -> None:
    """The error names both versions and says to upgrade; nothing is changed."""
    _set_version(store, schema.newest() + 1)
    with pytest.raises(SetupError, match=r"has schema \d+ and this provgraph knows \d+.*pip install -U provgraph"):
        current.use(store.instance, quiet=True)
    assert schema.version(store.engine) == schema.newest() + 1


@pytest.fixture
def foreign(tmp_path: Path) -> Iterator[BoltEngine]:
    """A database that holds a node of somebody else and nothing of provgraph."""
    folder = tmp_path / "foreign"
    folder.mkdir()
    local = LocalEngine(folder)
    engine = BoltEngine(local)
    engine.write(lambda tx: tx.run("CREATE (:Gene {name: 'CD3E'})"))
    yield engine
    engine.close()
    local.stop()


def test_a_database_of_others_is_refused(foreign: BoltEngine) -> None:
    """The error names what is in it; nothing is written."""
    with pytest.raises(SetupError, match=r"not provgraph's \(Gene\).*--shared"):
        schema.bring_up_to_date(foreign)
    assert schema.version(foreign) == 0
    assert foreign.read("MATCH (n) RETURN n.name") == [["CD3E"]]


def test_a_database_of_others_is_used_when_that_is_asked_for(foreign: BoltEngine) -> None:
    """Their nodes stay, and the next opening needs no word."""
    assert schema.bring_up_to_date(foreign, shared=True) is True
    assert schema.bring_up_to_date(foreign) is False
    assert foreign.read("MATCH (n:Gene) RETURN n.name") == [["CD3E"]]
