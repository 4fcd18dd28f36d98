"""Versions: their names, and that there is one latest."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import provgraph as pg
from provgraph import statements
from provgraph.errors import InvalidValueError
from provgraph.store.instances import schema
from provgraph.store.saving import batch, intents

if TYPE_CHECKING:
    from collections.abc import Callable

    from provgraph.store.store import Store
    from tests.support.proxy import Proxy

    Versioned = pg.Artifact | pg.Collection | pg.Transform

pytestmark = pytest.mark.usefixtures("store")


def versions(count: int, start: int = 0) -> list[pg.Artifact]:
    saved = []
    for number in range(start, start + count):
        Path("a.csv").write_text(str(number))
        saved.append(pg.Artifact("a.csv", key="a.csv").save())
    return saved


def test_a_version_s_name_is_taken_once() -> None:
    """Giving a saved transform the name of another of its versions is an error, and nothing is written."""
    old = pg.Transform(name="Cell Ranger", version="7.1").save()
    new = pg.Transform(name="Cell Ranger", version="7.2").save()
    new.version = "7.1"
    with pytest.raises(InvalidValueError, match=rf"'7\.1' is taken by Transform {old.uid}"):
        new.save()
    assert pg.Transform.get(new.uid).version == "7.2"
    new.version = "7.3"
    new.save()
    assert pg.Transform.get(name="Cell Ranger", version="7.3") == new


def test_a_version_of_an_artifact_is_named_once() -> None:
    """As a transform's."""
    first, second = versions(2)
    first.version = "raw"
    first.save()
    second.version = "raw"
    with pytest.raises(InvalidValueError, match="'raw' is taken"):
        pg.save([second])
    other = pg.Artifact("a.csv", key="b.csv").save()
    other.version = "raw"
    assert pg.Artifact.get(other.save().uid).version == "raw"


def artifact(content: str, version: str | None = None, key: str = "k.csv") -> pg.Artifact:
    """Content in a file of its own, in the version with this name."""
    Path(f"{content}.csv").write_text(content)
    made = pg.Artifact(f"{content}.csv", key=key)
    made.version = version
    return made


def collection(content: str, version: str | None = None) -> pg.Collection:
    """A collection of one file with this content."""
    Path("member.csv").write_text(content)
    made = pg.Collection([pg.Artifact("member.csv", key=f"{content}.csv").save()], name="k")
    made.version = version
    return made


def transform(content: str, version: str | None = None) -> pg.Transform:
    """A script with this code."""
    made = pg.Transform(key="k.py", name="k.py", type="script", version=version)
    made.hash = content
    return made


MADE: list[Callable[..., Versioned]] = [artifact, collection, transform]


@pytest.mark.parametrize("made", MADE)
def test_a_new_version_s_name_is_taken_once(made: Callable[..., Versioned]) -> None:
    """Another version with that name is an error, and nothing is written; the same one may be saved again and again."""
    first = made("1", "one").save()
    assert made("1", "one").save() == first
    second = made("2").save()
    with pytest.raises(InvalidValueError, match=r"version 'one'.* is taken by"):
        made("3", "one").save()
    with pytest.raises(InvalidValueError, match=f"the version 'one' is taken by {first.label} {first.uid}"):
        made("2", "one").save()
    assert [(each.uid, each.version) for each in first.versions] == [(first.uid, "one"), (second.uid, None)]
    assert made("2", "two").save() == second
    assert made("2", "two").save() == second
    assert made("3", "three").save().version == "three"


@pytest.mark.parametrize("made", MADE)
def test_a_name_is_taken_once_in_one_batch(made: Callable[..., Versioned]) -> None:
    """By new versions, and by known ones that are named."""
    with pytest.raises(InvalidValueError, match=r"version 'one'.* is taken by"):
        pg.save([made("1", "one"), made("2", "one")])
    first, second = made("1").save(), made("2").save()
    first, second = type(first).get(first.uid), type(first).get(second.uid)
    first.version = second.version = "one"
    with pytest.raises(InvalidValueError, match=f"the version 'one' is taken by {first.label} {first.uid}"):
        pg.save([first, second])
    assert [each.version for each in first.versions] == [None, None]


@pytest.mark.parametrize("made", MADE)
def test_the_latest_that_was_hidden_is_the_latest_when_it_comes_back(made: Callable[..., Versioned]) -> None:
    """Under its key, by the object and in the graph; an older version that comes back stays an older one."""
    oldest, old, new = made("1").save(), made("2").save(), made("3").save()
    named = {"key": oldest.key} if oldest.key else {"name": "k"}

    def latest() -> list[str]:
        found = [each.uid for each in oldest.versions if each.is_latest]
        assert type(oldest).get(**named).uid == found[0]
        return found

    for hidden, before in ((new, old), (old, oldest)):
        hidden.delete()
        assert (hidden.is_latest, latest()) == (False, [before.uid])
    new.save()
    assert (new.is_latest, latest()) == (True, [new.uid])
    old.save()
    assert (old.is_latest, latest()) == (False, [new.uid])
    for hidden in (oldest, old, new):
        hidden.delete()
    old.save()
    assert (old.is_latest, latest()) == (True, [old.uid])
    assert made("4").save().uid[-4:] == "0003"


def test_code_that_comes_back_by_saving_it_anew_is_the_latest() -> None:
    """As by its object: its code says which version it is."""
    transform("1").save()
    transform("2").save().delete()
    again = transform("2").save()
    assert (again.is_latest, pg.Transform.get(key="k.py")) == (True, again)


@pytest.mark.parametrize("made", MADE)
def test_two_who_give_a_name_at_once_do_not_both_have_it(
    made: Callable[..., Versioned], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one who looked for the name first writes last; whichever comes second is refused."""
    others: list[threading.Thread] = []
    refused: list[InvalidValueError] = []
    older, old = made("1").save(), made("2").save()
    made("3").save()

    def save(record: Versioned) -> None:
        record.version = "one"
        try:
            record.save()
        except InvalidValueError as error:
            refused.append(error)

    def looked(*arguments: Any, **more: Any) -> str | None:
        found = batch.version_name(*arguments, **more)
        if not others:
            others.append(threading.Thread(target=save, args=[old]))
            others[0].start()
            others[0].join(1.0)  # on Neo4j it waits for the lock until this one has committed
        return found

    monkeypatch.setattr(intents, "version_name", looked)
    save(older)
    others[0].join()
    assert sorted(each.version or "" for each in older.versions) == ["", "", "one"]
    assert [str(each).partition(" by ")[0] for each in refused] == ["the version 'one' is taken"]


def test_the_name_of_a_version_costs_one_statement(store: Store) -> None:
    """And none where there is no version before."""

    def spent(content: str, version: str | None, key: str = "k.csv") -> int:
        before = store.engine.statements
        artifact(content, version, key).save()
        return store.engine.statements - before

    spent("0", None)
    unnamed, named, again = spent("1", None), spent("2", "two"), spent("2", "two")
    assert named == unnamed + 1
    assert again < unnamed
    assert spent("3", None, "a.csv") == spent("4", "one", "b.csv")


def test_what_waited_goes_without_a_name_that_was_taken_meanwhile(
    proxy: Proxy, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is brought in all the same, with what follows it, and that the name is missing is said."""
    first = artifact("1", "one").save()
    named = artifact("2").save()
    with proxy.away():
        third = artifact("3", "one").save()
        named.version = "one"
        named.save()
        after = transform("1", "one").save()
    assert (pg.sync().applied, pg.sync().is_whole) == (3, True)
    assert [each.version for each in first.versions] == ["one", None, None]
    assert pg.Artifact.get(key="k.csv", version="one") == first
    assert (third.version, third.cache().read_text(), after.version) == (None, "3", "one")
    told = capsys.readouterr().err
    assert told.count(f"the version 'one' is taken by Artifact {first.uid}") == 2
    assert f"Artifact {third.uid} waited in the spool and goes without it" in told


def test_the_latest_version_is_found_without_looking_at_the_others(store: Store) -> None:
    """It has the slot itself; an older one has its uid before it, and a key of such a form is nobody's else."""
    first, second = versions(2)
    slots = dict(store.engine.read("MATCH (a:Artifact {key: 'a.csv'}) RETURN a.uid, a.slot"))
    assert slots[second.uid] == f"{store.space}:data:key:a.csv"
    assert slots[first.uid] == f"{first.uid} {slots[second.uid]}"
    odd = pg.Artifact("a.csv", key=f"{first.uid} a.csv").save()
    assert pg.Artifact.get(key=odd.key) == odd


def test_a_store_with_heads_is_brought_to_one_slot(store: Store) -> None:
    """Records written by the first schema are found by the second: same content same artifact, else a new version."""
    first, second = versions(2)
    step = pg.Transform(name="step", version="1").save()
    pg.Transform(name="step", version="2").save()
    for label in ("Artifact", "Transform"):
        _as_before(store, label)
    for number, name in schema._migrations():
        if number > 1:
            schema.migrate(store.engine, number, name)
            schema.migrate(store.engine, number, name)
    assert pg.Artifact("a.csv", key="a.csv").save() == second
    assert versions(1)[0].uid == first.uid[:16] + "0002"
    assert pg.Transform(name="step", version="1").save() == step
    assert pg.Transform.filter(name="step").count() == 2
    heads = store.engine.read("MATCH (n) WHERE n.space = $space AND n.head IS NOT NULL RETURN n.uid", space=store.space)
    assert heads == []


def _as_before(store: Store, label: str) -> None:
    """Write identities as the first schema had them: `slot` with the number behind it, `head` for the latest."""
    rows = store.engine.read(
        f"MATCH (n:{label}) WHERE n.space = $space RETURN n.uid, n.slot, n.is_latest", space=store.space
    )
    for uid, slot, is_latest in rows:
        head = slot.rpartition(" ")[2]
        changes = {"slot": f"{head}:{uid[-4:]}", "head": head if is_latest else None}
        update = statements.typed("records/update", LABEL=label)
        written = [{"uid": uid, "changes": changes}]
        store.engine.write(lambda tx, update=update, written=written: tx.run(update, rows=written))  # type: ignore[misc]


def test_a_run_that_is_on_is_not_deleted() -> None:
    """What it makes later would belong to a hidden run."""
    running = pg.track(transform=pg.Transform(name="step", type="function"))
    assert running is not None
    with pytest.raises(InvalidValueError, match=r"is on in this process.*pg\.finish"):
        running.delete()
    pg.finish()
    running.delete()
    assert pg.Run.filter(uid=running.uid).count() == 0


@pytest.mark.parametrize("permanent", [True, False])
def test_deleting_the_latest_makes_the_one_before_the_latest(permanent: bool) -> None:
    """So a key keeps its latest; the next save is a new version of it."""
    first, second, third = versions(3)
    third.delete(permanent=permanent)
    assert pg.Artifact.get(key="a.csv") == second
    assert pg.Artifact.filter(key="a.csv", is_latest=True).one() == second
    second = pg.Artifact.get(second.uid)
    second.delete(permanent=permanent)
    assert pg.Artifact.get(key="a.csv") == first
    assert pg.Artifact("a.csv", key="a.csv").save().is_latest
    assert pg.check() == []


def test_a_key_goes_on_after_its_versions_were_hidden_and_removed() -> None:
    """The newest that is left takes the place of one that is removed, hidden as it is."""
    first, second = versions(2)
    first.delete()
    second.delete(permanent=True)
    third, fourth = versions(2, start=3)
    assert (
        [each.uid for each in third.versions] == [f"{first.uid[:-4]}000{n}" for n in (2, 3)] == [third.uid, fourth.uid]
    )
    tools = [pg.Transform(name="Tool", type="pipeline", version=str(n)).save() for n in range(2)]
    tools[0].delete()
    tools[1].delete(permanent=True)
    tools += [pg.Transform(name="Tool", type="pipeline", version=str(n)).save() for n in (2, 3)]
    assert tools[3].versions.list() == tools[2:]
    assert tools[3].uid[:-4] == tools[0].uid[:-4]
    assert pg.check() == []


def test_a_deleted_record_is_brought_back_by_saving_it() -> None:
    """The object itself, too."""
    (only,) = versions(1)
    only.delete()
    assert only.deleted
    assert pg.Artifact.filter(key="a.csv").count() == 0
    only.save()
    assert pg.Artifact.get(key="a.csv") == only
    assert not only.deleted


def test_an_older_version_that_is_deleted_changes_no_latest() -> None:
    """It was none."""
    first, second = versions(2)
    first.delete()
    assert pg.Artifact.get(key="a.csv") == second


def test_a_version_named_later_is_another_one() -> None:
    """What ran before without a version's name does not get one; with the same code it is the same."""
    old = pg.Transform(name="Cell Ranger").save()
    new = pg.Transform(name="Cell Ranger", version="7.2").save()
    assert (pg.Transform.get(old.uid).version, new.uid == old.uid, new.uid[:12]) == (None, False, old.uid[:12])
    assert pg.Transform(name="Cell Ranger").save() == new


def test_another_type_for_a_name_is_not_taken_in_silence(capsys: pytest.CaptureFixture[str]) -> None:
    """The transform stays what it is, and that is said."""
    pg.Transform(name="QC", type="script").save()
    assert pg.Transform(name="QC", type="notebook").save().type == "script"
    assert "'QC' is a script already; it does not become a notebook" in capsys.readouterr().err
    assert pg.Transform(name="QC").save().type == "script"
    assert "already" not in capsys.readouterr().err
