"""What is recorded while the graph cannot be reached waits, and is in the graph once when it can, on both engines."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pandas as pd
import pytest

import provgraph as pg
from provgraph.engines.bolt import BoltEngine
from provgraph.errors import (
    ConflictError,
    DeadlineError,
    EngineError,
    EngineUnavailableError,
    InvalidValueError,
    NotFoundError,
    UnreadableFileError,
    UsageError,
)
from provgraph.registries.naming import named
from provgraph.storage import spool
from provgraph.store import current
from provgraph.store.saving.intents import Save
from provgraph.store.store import Store
from tests.support.engines import on_local
from tests.support.processes import cut_off
from tests.support.scripts import execute, script
from tests.support.spooled import Failing, by_a_clock_ahead, files, reached_again

if TYPE_CHECKING:
    from provgraph.engines.contract import Engine
    from provgraph.store.saving.batch import Batch
    from tests.support.proxy import Proxy


def write(name: str, content: str) -> pg.Artifact:
    Path(name).write_text(content)
    return pg.Artifact(name, key=name)


def flow() -> dict[str, Any]:
    """A day's work: two tracked steps, a run by hand, versions, a batch, reads, a raw file, a collection, changes."""
    Path("raw.csv").write_text("raw")
    pg.track(transform=pg.Transform(name="clean", type="function"), params={"cutoff": 0.1, "model": {"depth": 3}})
    pg.use("raw.csv")
    first = write("table.csv", "one").save()
    first.description = "the first"
    first.save()
    second = write("table.csv", "two").save()
    pg.finish()
    pg.track(pipeline="Cell Ranger", version="7.2.0")
    text = second.load().columns[0]
    second.cache()
    pg.save([write(f"{number}.txt", str(number)) for number in range(3)])
    third = write("table.csv", "one").save()
    pg.Collection([third, first, second], name="tables").save()
    pg.finish()
    transform = pg.Transform(name="by hand", type="script").save()
    run = pg.Run(transform, name="again").save()
    third.cache(is_run_input=run)
    pg.Artifact.from_df(pd.DataFrame({"a": [1]}), key="hits.parquet", run=run).save()
    return {"text": text, "first": first, "second": second, "third": third, "run": run}


def name_of(run: pg.Run) -> str:
    assert run.transform is not None
    return str(run.transform.name)


def history(store: Store) -> dict[str, Any]:
    """Everything that the graph of a space holds but uids, times and processes."""
    artifacts, runs = pg.Artifact.filter(space=store.space), pg.Run.filter(space=store.space)
    transforms = pg.Transform.filter(space=store.space)
    return {
        "artifacts": sorted(
            (each.key, each.uid[-4:], each.hash, each.description, each.is_latest, each.placed) for each in artifacts
        ),
        "runs": sorted((name_of(each), each.status, str(each.params)) for each in runs),
        "cutoff": runs.filter(params__cutoff=0.1).count(),
        "inputs": sorted((name_of(each), *each.inputs.order_by("key").list("key")) for each in runs),
        "outputs": sorted((name_of(each), *each.outputs.order_by("key").list("key")) for each in runs),
        "before": sorted((each.name, *each.predecessors.order_by("name").list("name")) for each in transforms),
        "members": [each.uid[-4:] for each in pg.Collection.filter(space=store.space).one().artifacts],
        "sources": sorted(pg.Artifact.get(key="hits.parquet").sources().list("key")),
        "check": [pg.check(), pg.verify().findings],
    }


def test_a_flow_without_the_graph_becomes_what_it_would_have_been(store: Store, proxy: Proxy) -> None:
    """The same work, once without the graph and once with it, gives the same history; records hold what it says."""
    pipeline = pg.Transform(name="Cell Ranger", version="7.2.0", type="pipeline", reference="https://example.org")
    pipeline.save()
    with proxy.away():
        made = flow()
        with pytest.raises(EngineUnavailableError, match="no engine answers"):
            pg.Artifact.filter().count()
        assert made["first"].is_provisional
        assert len(files(store)) == 1
    reached_again(store)
    late = history(store)
    assert files(store) == []
    assert made["text"] == "two"
    assert not made["third"].is_provisional
    assert pg.Artifact.get(key="table.csv") == made["third"]
    assert made["third"].input_of.list() == [made["run"]]
    assert pg.Run.filter(transform=pipeline).count() == 1

    live = pg.init(name=f"{store.space}-live")
    pg.Transform(name="Cell Ranger", version="7.2.0", type="pipeline", reference="https://example.org").save()
    flow()
    assert history(live) == late


def test_known_content_leads_to_the_record_that_is_there(store: Store, proxy: Proxy) -> None:
    """A record that was given a uid without the graph takes over that of the artifact which has its content."""
    known = write("a.csv", "1").save()
    with proxy.away():
        again = write("a.csv", "1").save()
        run = pg.track(transform=pg.Transform(name="read", type="function"))
        again.cache()
        pg.finish()
        assert again.uid != known.uid
    reached_again(store)
    assert run.inputs.list() == [known]
    assert again.uid == known.uid


def other(store: Store) -> Store:
    """The same store as another process has it open."""
    direct = BoltEngine(store.engine._locator._locator)  # type: ignore[attr-defined]
    return Store(store.instance, direct, current.settings(), store.user)


def test_another_process_brings_it_in(store: Store, proxy: Proxy) -> None:
    """Then this one finds its records there, although the graph gave them other uids, and writes nothing twice."""
    known = write("a.csv", "1").save()
    with proxy.away():
        again = write("a.csv", "1").save()
        new = write("b.csv", "2").save()
    beside = other(store)
    beside.ledger.bring_in()
    assert beside.ledger.synced.applied == 2
    assert len(files(store)) == 1, "its process still lives"
    beside.ledger.close()
    reached_again(store)
    assert pg.Artifact.filter().count() == 2
    assert (again.uid, new.uid) == (known.uid, pg.Artifact.get(key="b.csv").uid)
    assert files(store) == []


def test_bringing_in_twice_changes_nothing(store: Store, proxy: Proxy) -> None:
    """As when whoever brought it in was killed before the file was gone; also when answers are lost on the way."""
    with proxy.away():
        flow()
    kept = [(path, path.read_bytes()) for path in files(store)]
    proxy.lose_answers = 3
    while store.ledger.apart or proxy.lose_answers:
        reached_again(store)
        pg.Run.filter().count()
    before = history(store)
    for path, data in kept:
        path.write_bytes(data)
    assert pg.sync().refused == []
    assert history(store) == before


def test_an_interrupted_bringing_in_goes_on(store: Store, proxy: Proxy) -> None:
    """It stops in the middle when the graph is lost again; what was brought in is not brought in anew."""
    with proxy.away():
        names = [write(f"{number}.csv", str(number)).save().key for number in range(6)]

    whole = store.ledger._engine
    store.engine = cast("Engine", Failing(whole, EngineUnavailableError("it is gone", "Start it."), after=3))
    reached_again(store)
    with pytest.raises(EngineUnavailableError):
        store.engine.write(lambda _: None)
    store.engine = whole
    reached_again(store)
    assert sorted(pg.Artifact.filter().list("key")) == names
    assert pg.sync().applied == len(names)


def test_a_damaged_line_is_told_and_the_rest_comes_in(store: Store, proxy: Proxy) -> None:
    """One flipped bit in the second of three calls; the file is kept."""
    with proxy.away():
        for number in range(3):
            write(f"{number}.csv", str(number)).save()
    (path,) = files(store)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1].replace(b"1.csv", b"7.csv") + lines[2])
    reached_again(store)
    assert sorted(pg.Artifact.filter().list("key")) == ["0.csv", "2.csv"]
    assert [each for each in pg.sync().refused if "line 2" in each and "damaged" in each]
    assert len(store.ledger.spool.left()) == 1
    with pytest.raises(UsageError, match="damaged"):
        pg.gc()


def test_what_cannot_be_brought_in_is_kept_with_the_reason(store: Store, proxy: Proxy) -> None:
    """A read of an artifact that was removed meanwhile; what came after it is in the graph."""
    run = pg.Run(pg.Transform(name="step", type="function").save()).save()
    artifact = write("a.csv", "1").save()
    with proxy.away():
        artifact.cache(is_run_input=run)
        write("b.csv", "2").save()
    beside = other(store)
    beside.delete([artifact], permanent=True)
    beside.ledger.close()
    reached_again(store)
    assert pg.Artifact.filter().list("key") == ["b.csv"]
    (told,) = pg.sync().refused
    assert "no longer in the graph" in told
    (left,) = (store.ledger.spool.folder / "refused").iterdir()
    assert "no longer in the graph" in left.read_text()
    assert pg.sync().left == [f"{left}: put aside"]


def test_what_came_in_late_is_what_its_name_means_everywhere(store: Store, proxy: Proxy) -> None:
    """The latest version, though others were saved after it: by key, by content, completed, and as a pipeline."""
    write("a.csv", "first").save()
    pg.Transform(name="pipe", type="pipeline", version="1").save()
    with proxy.away():
        late = write("a.csv", "late").save()
        pipeline = pg.Transform(name="pipe", type="pipeline", version="2").save()
    beside = other(store)
    for content in ("late", "last"):
        beside.save([write("a.csv", content)])
    beside.save([pg.Transform(name="pipe", type="pipeline", version="3")])
    beside.ledger.close()
    reached_again(store)
    assert pg.sync().refused == []
    assert pg.Artifact.filter().last() != late
    assert pg.Artifact.get(key="a.csv") == late == named("a.csv")
    assert pg.lineage("a.csv").targets == {late.uid}
    assert [pg.Artifact.lookup()["a.csv"], pg.Artifact.lookup().a_csv] == [late, late]
    Path("a.csv").write_text("late")
    assert named("./a.csv") == late
    assert pg.Transform.get(name="pipe") == pipeline == named("pipe") == pg.Transform.lookup()["pipe"]
    run = pg.track(pipeline="pipe")
    pg.finish()
    assert run is not None
    assert run.transform == pipeline


def test_it_can_be_an_error_instead(store: Store, proxy: Proxy) -> None:
    """By a setting; then nothing is kept and the record is not saved."""
    pg.settings.when_unreachable = "error"
    with proxy.away():
        artifact = write("a.csv", "1")
        with pytest.raises(EngineUnavailableError):
            artifact.save()
    assert (artifact.is_saved, files(store)) == (False, [])
    assert artifact.save().is_saved


def test_deleting_needs_the_graph(store: Store, proxy: Proxy) -> None:
    """It is refused while the graph cannot be reached, and works afterwards."""
    artifact = write("a.csv", "1").save()
    with proxy.away(), pytest.raises(EngineUnavailableError):
        artifact.delete()
    reached_again(store)
    artifact.delete()
    assert not pg.Artifact.filter().exists()


def test_it_is_said_once(store: Store, proxy: Proxy, capsys: pytest.CaptureFixture[str]) -> None:
    """However many calls wait."""
    with proxy.away():
        for number in range(3):
            write(f"{number}.csv", str(number)).save()
    told = capsys.readouterr().err
    assert told.count("waits in") == 1
    assert "provgraph sync" in told
    reached_again(store)
    assert pg.Artifact.filter().count() == 3
    assert "3 calls that waited in the spool are in the graph" in capsys.readouterr().err


def test_copies_of_what_waits_are_not_collected(store: Store, proxy: Proxy) -> None:
    """Gc brings in what waits before it looks for what nobody wants."""
    with proxy.away():
        write("a.csv", "1").save()
    (path,) = files(store)
    aside = shutil.copy(path, path.with_suffix(".copy"))
    reached_again(store)
    assert pg.gc() == []
    assert pg.Artifact.get(key="a.csv").cache().read_text() == "1"
    assert Path(aside).exists()


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), UnreadableFileError("a", "b")])
def test_one_call_that_fails_by_a_file_keeps_no_other_from_coming_in(
    store: Store, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """It is put aside with the reason, and can be tried again."""
    with proxy.away():
        for name in ("a.csv", "b.csv", "c.csv"):
            write(name, name).save()
    whole = Save.apply

    def failing(saving: Save, batch: Batch) -> None:
        if any(item.key == "b.csv" for item in saving.items):
            raise error
        whole(saving, batch)

    with monkeypatch.context() as patched:
        patched.setattr(Save, "apply", failing)
        reached_again(store)
        synced = pg.sync()
    assert synced.applied == 2
    assert [str(error) in each for each in synced.refused] == [True]
    assert pg.Artifact.filter().order_by("key").list("key") == ["a.csv", "c.csv"]
    assert pg.sync(retry_refused=True).left == []
    assert pg.Artifact.filter().order_by("key").list("key") == ["a.csv", "b.csv", "c.csv"]


@pytest.mark.parametrize("error", [ConflictError("a", "b"), EngineError("no memory", "wait"), DeadlineError("a", "b")])
def test_what_passes_is_no_reason_to_put_a_call_aside(store: Store, proxy: Proxy, error: Exception) -> None:
    """It is tried again later."""
    with proxy.away():
        write("a.csv", "1").save()
    whole = store.ledger._engine
    store.engine = cast("Engine", Failing(whole, error))
    reached_again(store)
    assert len(files(store)) == 1
    assert store.ledger.spool.left() == []
    store.engine = whole
    reached_again(store)
    assert pg.Artifact.filter().list("key") == ["a.csv"]


def test_what_was_put_aside_can_be_tried_again(store: Store, proxy: Proxy) -> None:
    """Once what it lacked is there."""
    transform = pg.Transform(name="step", type="function").save()
    with proxy.away():
        pg.Run(transform, name="late").save()
    beside = other(store)
    beside.delete([transform], permanent=True)
    beside.ledger.close()
    reached_again(store)
    assert len(pg.sync().refused) == 1
    with pytest.raises(NotFoundError):
        pg.Run.get(name="late")
    store.engine.write(
        lambda tx: tx.run("CREATE (:Transform {uid: $uid, space: $space})", uid=transform.uid, space="x")
    )
    assert pg.sync(retry_refused=True).left == []
    assert pg.Run.filter(name="late").count() == 1


def refuse(saving: Save, batch: Batch) -> None:
    """Fail as a save whose file may not be seen."""
    del saving, batch
    raise PermissionError(13, "Permission denied")


def contents() -> list[str]:
    """What the versions hold, in whichever order they came."""
    return sorted(each.cache().read_text() for each in pg.Artifact.filter(key="a.csv"))


def test_trying_again_that_is_cut_off_brings_nothing_in_twice(
    store: Store, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is gone before the file that was put aside is removed leaves its calls in two files."""
    with proxy.away():
        for text in ("1", "2"):
            write("a.csv", text).save()
    with monkeypatch.context() as patched:
        patched.setattr(Save, "apply", refuse)
        assert len(pg.sync().refused) == 2
    cut_off(store.ledger.spool.take_back, "provgraph.storage.spool.Kept.remove")
    pg.sync()
    assert pg.sync(retry_refused=True).left == []
    assert contents() == ["1", "2"]


@pytest.mark.parametrize("is_mended", [True, False])
def test_putting_aside_that_is_cut_off_brings_nothing_in_twice(
    store: Store, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, *, is_mended: bool
) -> None:
    """A process that is gone before the graph knows of it leaves a call put aside, once, whatever comes then."""
    with proxy.away():
        for text in ("1", "2"):
            write("a.csv", text).save()
    with monkeypatch.context() as patched:
        patched.setattr(Save, "apply", refuse)
        cut_off(pg.sync, "provgraph.store.ledger.ledger.Ledger.skip")
        if not is_mended:
            pg.sync()
    pg.sync()
    aside = [spool.read(path).entries for path in (store.ledger.spool.folder / "refused").iterdir()]
    assert sum(map(len, aside)) == (1 if is_mended else 2)
    assert pg.sync(retry_refused=True).left == []
    assert contents() == ["1", "2"]


def test_sync_tries_at_once(store: Store, proxy: Proxy) -> None:
    """It does not wait for the next try, and says why when the graph is still away."""
    with proxy.away():
        write("a.csv", "1").save()
        with pytest.raises(EngineUnavailableError, match="refused"):
            pg.sync()
    assert pg.sync().applied == 1


def test_reading_without_the_graph_does_not_wait_for_it(store: Store, proxy: Proxy) -> None:
    """Once it is known to be away, files are found by what their records say."""
    artifact = write("a.csv", "1").save()
    with proxy.away():
        write("b.csv", "2").save()
        before = store.ledger._engine.statements
        tried = store.ledger._next_try
        for _ in range(5):
            assert artifact.cache().read_text() == "1"
        assert (store.ledger._engine.statements, store.ledger._next_try) == (before, tried)


def test_what_waits_for_another_store_is_told_and_can_be_taken_over(store: Store, proxy: Proxy) -> None:
    """It stays where it is until a person says that the address was wrong; then it is brought in once."""
    with proxy.away():
        write("a.csv", "1").save()
    (path,) = files(store)
    entry = spool.read(path).entries[0]
    path.unlink()
    spool.SpoolFile(path).append({**entry, "place": "neo4j://elsewhere lab", "process": [entry["process"][0], 1, 0]})
    store.ledger.spool._own.clear()
    advice = "to bring them in here: provgraph sync --kept-for 'neo4j://elsewhere lab'"
    assert pg.sync().left == [f"{path}: 1 call for neo4j://elsewhere lab; {advice}"]
    assert "bring them in here" in str(pg.sync())
    with pytest.raises(InvalidValueError, match="Give one of neo4j://elsewhere lab"):
        pg.sync(kept_for="neo4j://nobody")
    kept = path.read_bytes()
    assert pg.sync(kept_for="neo4j://elsewhere lab").is_whole
    path.write_bytes(kept)  # as if it had been killed before the file was removed
    assert pg.sync(kept_for="neo4j://elsewhere lab").applied == 1
    assert files(store) == []
    assert pg.Artifact.filter().list("key") == ["a.csv"]
    assert str(pg.sync()) == "1 call that waited in the spool is in the graph"


@pytest.mark.parametrize("is_brought_in", [False, True])
def test_taking_over_that_was_cut_off_can_be_repeated(store: Store, proxy: Proxy, *, is_brought_in: bool) -> None:
    """Also where whoever opens the store has brought in meanwhile what was taken."""
    elsewhere = "neo4j://elsewhere"
    with proxy.away():
        write("a.csv", "1").save()
    (path,) = files(store)
    entry = spool.read(path).entries[0]
    path.unlink()
    spool.SpoolFile(path).append({**entry, "place": elsewhere, "process": [entry["process"][0], 1, 0]})
    store.ledger.spool._own.clear()
    store.ledger.spool.take_over(elsewhere)
    store.ledger.spool._taken_over.clear()  # as another process begins
    if is_brought_in:
        assert pg.sync().applied == 1
    assert pg.sync(kept_for=elsewhere).is_whole
    assert (files(store), pg.Artifact.filter().list("key")) == ([], ["a.csv"])
    with pytest.raises(InvalidValueError, match="Call sync without it"):
        pg.sync(kept_for="neo4j://nobody")


def test_a_damaged_line_is_kept_when_a_file_is_taken_over(store: Store, proxy: Proxy) -> None:
    """The other calls are brought in, and that something is left is said."""
    with proxy.away():
        write("a.csv", "1").save()
    (path,) = files(store)
    entry = spool.read(path).entries[0]
    path.unlink()
    spool.SpoolFile(path).append({**entry, "place": "neo4j://elsewhere", "process": [entry["process"][0], 1, 0]})
    with path.open("ab") as file:
        file.write(b"0123456789abcdef {}\n")
    store.ledger.spool._own.clear()
    found = pg.sync(kept_for="neo4j://elsewhere")
    (aside,) = (store.ledger.spool.folder / "refused").iterdir()
    assert (found.applied, found.is_whole, found.left) == (1, False, [f"{aside}: put aside"])
    assert aside.read_bytes().endswith(b"{}\n")


def test_what_was_kept_by_a_clock_that_is_ahead_is_brought_in(store: Store, proxy: Proxy) -> None:
    """All of it, in its own order and after what others kept; its file goes."""
    with proxy.away():
        for content in ("1", "2"):
            write("a.csv", content).save()
    by_a_clock_ahead(*files(store))
    store.ledger.spool._own.clear()
    store.ledger.spool._forget()
    with proxy.away():
        write("b.csv", "3").save()
    assert pg.sync().applied == 3
    assert files(store) == []
    assert [each.cache().read_text() for each in pg.Artifact.get(key="a.csv").versions] == ["1", "2"]
    assert pg.Artifact.filter().order_by("created_at").list("key") == ["b.csv", "a.csv", "a.csv"]
    assert str(pg.sync()) == "3 calls that waited in the spool are in the graph"


def test_what_comes_while_the_spool_is_read_waits_longer(
    store: Store, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a call could be read without the one it stands on, which came to a file that had been read before."""
    with proxy.away():
        write("a.csv", "1").save()
        (first,) = files(store)
        later = first.with_name(f"{'z' * 20}.jsonl")
        shutil.copy(first, later)
        real = spool.read

        def read(path: Path, *up_to: int) -> spool.Kept:
            if path == first:
                spool.SpoolFile(later).append(real(first).entries[0])
            return real(path, *up_to)

        monkeypatch.setattr(spool, "read", read)
        assert [len(each.kept.entries) for each in store.ledger.spool.waiting()] == [1, 1]
        assert [len(each.kept.entries) for each in store.ledger.spool.waiting()] == [1, 2]


@on_local
@pytest.mark.usefixtures("store")
def test_what_was_kept_for_an_address_that_was_mistyped_is_not_forgotten(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever opens the store next is told, and by what it comes in; then nothing more is said."""
    script("a.py", "pg.Transform(name='kept').save()\n")
    assert execute("a.py", PROVGRAPH_URL="bolt://127.0.0.1:1").returncode == 0
    current.close()
    assert not pg.Transform.filter(name="kept").exists()
    told = "1 call for bolt://127.0.0.1:1; to bring them in here: provgraph sync --kept-for bolt://127.0.0.1:1"
    assert "! in no graph yet (see provgraph sync --help): " in (said := capsys.readouterr().err)
    assert told in said
    assert told in pg.info()["in no graph yet"]
    pg.sync(kept_for="bolt://127.0.0.1:1")
    current.close()
    capsys.readouterr()
    assert pg.Transform.filter(name="kept").exists()
    assert ("in no graph yet" in capsys.readouterr().err, "in no graph yet" in pg.info()) == (False, False)


@on_local
@pytest.mark.usefixtures("store")
def test_a_run_that_waited_is_not_lost_for_a_version_of_other_code() -> None:
    """Its code is another version, without the name that was taken meanwhile; nothing is put aside."""
    for number in (1, 2):
        script("code.py", f"print({number})\n")
        script(
            "job.py",
            """
            pg.track(path="code.py", version="1")
            open("out.csv", "w").write(open("code.py").read())
            pg.Artifact("out.csv", key="out.csv").save()
            """,
        )
        assert execute("job.py", SLURM_JOB_ID=str(number)).returncode == 0
    assert pg.sync().is_whole
    assert pg.Transform.get(key="code.py").versions.order_by("uid").list("version") == ["1", None]
    assert pg.Run.filter(status="completed").count() == pg.Artifact.filter(key="out.csv").count() == 2
