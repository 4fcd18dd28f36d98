"""Artifacts: which bytes are which artifact, in which version, made by which run."""

from __future__ import annotations

import gc
import os
import pickle
import shutil
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anndata
import numpy as np
import pandas as pd
import pytest

import provgraph as pg
from provgraph.errors import (
    AmbiguousError,
    DamagedInstanceError,
    FileChangedError,
    InvalidKeyError,
    InvalidValueError,
    MissingFileError,
    NotFoundError,
    NotSavedError,
    WrongFileTypeError,
)
from provgraph.store.instances import instance

if TYPE_CHECKING:
    from collections.abc import Callable

    from provgraph.store.store import Store

pytestmark = pytest.mark.usefixtures("store")

ANYTHING: Any = pg
"""provgraph as a program without types sees it."""


def written(name: str, text: str) -> Path:
    path = Path(name)
    path.write_text(text)
    return path


def run(name: str = "step") -> pg.Run:
    return pg.Run(pg.Transform(name=name).save()).save()


def test_the_same_content_under_a_key_is_one_artifact_with_one_more_producer() -> None:
    """Saving the same bytes under the same key gives the same artifact, and each run is its producer."""
    first, second = run("one"), run("two")
    a = pg.Artifact(written("a.csv", "1"), key="a.csv", run=first).save()
    b = pg.Artifact(written("b.csv", "1"), key="a.csv", run=second).save()
    assert a.uid == b.uid
    assert a.run == first
    assert {each.uid for each in pg.Run.filter(outputs=a)} == {first.uid, second.uid}


def test_the_same_content_under_another_key_is_its_own_artifact_that_shares_the_bytes() -> None:
    """Two keys are two artifacts, stored once."""
    a = pg.Artifact(written("a.csv", "1"), key="a.csv").save()
    b = pg.Artifact("a.csv", key="b.csv").save()
    assert a.uid != b.uid
    assert a.path == b.path


def test_content_without_a_key_is_found_again() -> None:
    """A file saved without a key is the artifact that has these bytes, whatever its key."""
    a = pg.Artifact(written("a.csv", "1"), key="a.csv").save()
    b = pg.Artifact(written("b.csv", "1")).save()
    assert a.uid == b.uid


def test_other_content_under_the_key_is_a_new_version() -> None:
    """The stem stays, the suffix counts, and only the new one is the latest."""
    a = pg.Artifact(written("a.csv", "1"), key="a.csv").save()
    b = pg.Artifact(written("a.csv", "2"), key="a.csv").save()
    assert b.uid == a.uid[:16] + "0001"
    assert pg.Artifact.get(key="a.csv") == b
    assert [each.is_latest for each in pg.Artifact.filter(key="a.csv")] == [False, True]


def test_saving_a_b_a_ends_with_a_as_the_latest() -> None:
    """Content equal to an older version is a third version that shares the first's bytes."""
    versions = [pg.Artifact(written("a.csv", text), key="a.csv").save() for text in ("A", "B", "A")]
    assert [each.uid[-4:] for each in versions] == ["0000", "0001", "0002"]
    assert versions[0].path == versions[2].path
    assert pg.Artifact.get(key="a.csv").path.read_text() == "A"


def test_one_batch_with_the_same_key_three_times_makes_three_versions() -> None:
    """The records of one `pg.save` see each other."""
    files = [written(f"{text}.csv", text) for text in "ABA"]
    pg.save([pg.Artifact(file, key="a.csv") for file in files])
    listed = pg.Artifact.filter(key="a.csv").list("uid", "is_latest")
    assert [uid[-4:] for uid, _ in listed] == ["0000", "0001", "0002"]
    assert [latest for _, latest in listed] == [False, False, True]


def test_a_file_in_the_storage_stays_there_under_its_path(store: Store) -> None:
    """Its key is the path below the storage root, and nothing is copied."""
    (store.instance.storage / "raw").mkdir()
    file = store.instance.storage / "raw" / "x.csv"
    file.write_text("1")
    artifact = pg.Artifact(file).save()
    assert (artifact.key, artifact.path, artifact.placed) == ("raw/x.csv", file, "root")
    file.write_text("2")
    newer = pg.Artifact(file).save()
    older = pg.Artifact.get(artifact.uid)
    assert (older.replaced, newer.replaced, newer.uid[:16]) == (True, False, artifact.uid[:16])


def test_a_file_registered_in_place_is_not_copied(store: Store) -> None:
    """`copy=False` leaves the bytes where they are."""
    artifact = pg.Artifact(written("a.csv", "1"), key="a.csv", copy=False).save()
    assert artifact.path == Path("a.csv").absolute()
    assert not (store.instance.storage / ".store").exists()


def test_a_stored_copy_outlives_its_source_and_cannot_be_written(store: Store) -> None:
    """The copy is content-addressed and read-only."""
    artifact = pg.Artifact(written("a.csv", "1"), key="a.csv").save()
    Path("a.csv").unlink()
    assert artifact.path.read_text() == "1"
    assert artifact.path.stat().st_mode & 0o222 == 0
    assert artifact.path.is_relative_to(store.instance.storage)


def test_a_dataframe_is_stored_as_parquet_and_comes_back() -> None:
    """`from_df` keeps the kind, the number of observations and the values."""
    df = pd.DataFrame({"a": [1, 2, 3]})
    artifact = pg.Artifact.from_df(df, key="a.parquet", description="numbers").save()
    assert (artifact.suffix, artifact.otype, artifact.n_observations) == (".parquet", "DataFrame", 3)
    pd.testing.assert_frame_equal(pg.Artifact.get(key="a.parquet").load(), df)


def test_a_folder_becomes_an_artifact_for_each_file() -> None:
    """`from_dir` gives keys below the folder's name, with whole suffixes."""
    Path("matrix").mkdir()
    for name in ("matrix.mtx.gz", "barcodes.tsv.gz"):
        written(f"matrix/{name}", name)
    pg.save(pg.Artifact.from_dir("matrix"))
    assert pg.Artifact.filter().order_by("key").list("key", "suffix") == [
        ("matrix/barcodes.tsv.gz", ".tsv.gz"),
        ("matrix/matrix.mtx.gz", ".mtx.gz"),
    ]


def test_reading_makes_predecessors_of_runs_and_transforms() -> None:
    """The reader follows the producer, and so does its transform."""
    producer, reader = run("one"), run("two")
    artifact = pg.Artifact(written("a.csv", "1"), key="a.csv", run=producer).save()
    artifact.cache(is_run_input=reader)
    assert reader.inputs.one() == artifact
    assert reader.predecessors.one() == producer
    assert reader.transform is not None
    assert reader.transform.predecessors.one() == producer.transform
    assert producer.successors.one() == reader


def test_a_run_that_recreates_a_file_later_is_no_predecessor_of_those_who_read_it_before() -> None:
    """Order is counted in the graph."""
    first, reader, later, last = run("one"), run("two"), run("three"), run("four")
    artifact = pg.Artifact(written("a.csv", "1"), key="a.csv", run=first).save()
    artifact.cache(is_run_input=reader)
    pg.Artifact("a.csv", key="a.csv", run=later).save()
    artifact.cache(is_run_input=last)
    assert reader.predecessors.uids() == [first.uid]
    assert set(last.predecessors.uids()) == {first.uid, later.uid}


def test_a_run_that_reads_its_own_output_gets_no_edge() -> None:
    """Neither an input beside its output, nor an output beside its input."""
    one, two = run("one"), run("two")
    artifact = pg.Artifact(written("a.csv", "1"), key="a.csv", run=one).save()
    artifact.cache(is_run_input=one)
    artifact.cache(is_run_input=two)
    pg.Artifact("a.csv", key="a.csv", run=two).save()
    assert one.inputs.count() == 0
    assert one.predecessors.count() == 0
    assert two.outputs.count() == 0


def test_an_input_read_after_an_output_was_saved_is_not_among_its_ancestors() -> None:
    """The lineage of an artifact is finer than that of its run."""
    source, worker = run("source"), run("worker")
    early = pg.Artifact(written("early.csv", "1"), key="early.csv", run=source).save()
    late = pg.Artifact(written("late.csv", "2"), key="late.csv", run=source).save()
    early.cache(is_run_input=worker)
    made = pg.Artifact(written("made.csv", "3"), key="made.csv", run=worker).save()
    late.cache(is_run_input=worker)
    ancestors = made.lineage("upstream", siblings=False)
    assert early in ancestors
    assert late not in ancestors


def test_lineage_takes_at_most_three_statements(store: Store) -> None:
    """Whatever its size."""
    previous = pg.Artifact(written("0.csv", "0"), key="0.csv", run=run("0")).save()
    for number in range(1, 6):
        step = run(str(number))
        previous.cache(is_run_input=step)
        previous = pg.Artifact(written(f"{number}.csv", str(number)), key=f"{number}.csv", run=step).save()
    before = store.engine.statements
    found = previous.lineage()
    assert len(found.run_uids) == len(found.artifact_uids) == 6
    assert store.engine.statements - before <= 3


def test_many_files_are_saved_by_few_statements(store: Store) -> None:
    """The number of statements does not grow with the number of files."""
    maker = run()
    Path("many").mkdir()
    files = [written(f"many/{number}.txt", str(number)) for number in range(200)]
    before = store.engine.statements
    pg.save([pg.Artifact(file, key=file.as_posix(), run=maker) for file in files])
    assert store.engine.statements - before <= 5
    assert maker.outputs.count() == 200


def test_nothing_is_written_when_one_file_of_a_batch_cannot_be_read() -> None:
    """All or none."""
    good, bad = pg.Artifact(written("a.csv", "1"), key="a.csv"), pg.Artifact(written("b.csv", "2"), key="b.csv")
    Path("b.csv").unlink()
    with pytest.raises(MissingFileError, match=r"b\.csv"):
        pg.save([good, bad])
    assert pg.Artifact.filter().count() == 0


@pytest.mark.parametrize(
    ("path", "key", "error"),
    [
        ("missing.csv", None, MissingFileError),
        ("folder", None, WrongFileTypeError),
        ("a.csv", "", InvalidKeyError),
        ("a.csv", "../a.csv", InvalidKeyError),
        ("a.csv", "/a.csv", InvalidKeyError),
        ("a.csv", "a.tsv", InvalidKeyError),
    ],
)
def test_a_wrong_path_or_key_is_a_named_error(path: str, key: str | None, error: type[Exception]) -> None:
    """Each says what to do, and nothing is written."""
    written("a.csv", "1")
    Path("folder").mkdir()
    with pytest.raises(error) as raised:
        pg.Artifact(path, key=key)
    assert raised.value.advice  # type: ignore[attr-defined]


def test_unsaved_records_in_relations_are_named_errors() -> None:
    """A run needs a saved transform, an artifact a saved run."""
    transform = pg.Transform(name="unsaved")
    with pytest.raises(NotSavedError, match="unsaved"):
        pg.Run(transform)
    unsaved = pg.Run(transform.save())
    with pytest.raises(NotSavedError):
        pg.Artifact(written("a.csv", "1"), run=unsaved)
    with pytest.raises(NotSavedError):
        pg.Artifact.filter(run=unsaved)


def test_unknown_and_ambiguous_uids_are_named_errors() -> None:
    """An ambiguous beginning lists the records."""
    with pytest.raises(NotFoundError, match="nope"):
        pg.Artifact.get("nope")
    pg.save([pg.Artifact(written(f"{number}.csv", str(number)), key=f"{number}.csv") for number in range(3)])
    with pytest.raises(AmbiguousError, match=r"0\.csv"):
        pg.Artifact.get(key__endswith=".csv")


def test_a_record_deleted_by_another_process_is_a_named_error(store: Store) -> None:
    """Reads and saves for a run that is gone write nothing."""
    maker = run()
    artifact = pg.Artifact(written("a.csv", "1"), key="a.csv", run=False).save()
    pg.cypher("MATCH (r:Run {uid: $run}) DETACH DELETE r", run=maker, write=True)
    with pytest.raises(NotFoundError, match="deleted"):
        artifact.cache(is_run_input=maker)
    with pytest.raises(NotFoundError, match="deleted"):
        pg.Artifact(written("b.csv", "2"), key="b.csv", run=maker).save()
    assert pg.Artifact.filter(key="b.csv").count() == 0
    assert store.engine.read("MATCH (a:Artifact {uid: $uid}) RETURN a.seq", uid=artifact.uid) == [[None]]


def test_keys_that_differ_only_in_case_are_warned_of(capsys: pytest.CaptureFixture[str]) -> None:
    """Some disks do not tell them apart."""
    pg.Artifact(written("a.csv", "1"), key="Data.csv").save()
    pg.Artifact("a.csv", key="data.csv").save()
    assert "'data.csv' differs only in case from 'Data.csv'" in capsys.readouterr().err


def test_deleting_hides_and_saving_again_brings_back() -> None:
    """A tombstone keeps lineage whole."""
    producer, reader = run("one"), run("two")
    artifact = pg.Artifact(written("a.csv", "1"), key="a.csv", run=producer).save()
    artifact.cache(is_run_input=reader)
    made = pg.Artifact(written("b.csv", "2"), key="b.csv", run=reader).save()
    artifact.delete()
    assert pg.Artifact.filter(key="a.csv").count() == 0
    assert artifact in made.lineage("upstream")
    with pytest.raises(InvalidValueError, match="cannot be removed"):
        artifact.delete(permanent=True)
    assert pg.Artifact("a.csv", key="a.csv", run=False).save() == artifact
    assert pg.Artifact.filter(key="a.csv").count() == 1


def test_a_file_of_another_host_is_named_with_host_and_path(store: Store) -> None:
    """The error says where the bytes are."""
    artifact = pg.Artifact(written("a.csv", "1"), key="a.csv", copy=False).save()
    Path("a.csv").unlink()
    pg.cypher("MATCH (:Artifact {uid: $a})-[:STORED_IN]->(s) SET s.host = 'elsewhere'", a=artifact, write=True)
    with pytest.raises(MissingFileError, match="'elsewhere'"):
        artifact.load()
    assert os.fspath(store.instance.root) in str(Path("a.csv").absolute())


def test_collections_have_members_and_versions() -> None:
    """The same members are the same collection, others a new version."""
    a, b = (pg.Artifact(written(f"{name}.csv", name), key=f"{name}.csv").save() for name in "ab")
    first = pg.Collection([a], name="raw").save()
    assert pg.Collection([a], name="raw").save() == first
    second = pg.Collection([a, b], name="raw").save()
    assert second.uid == first.uid[:16] + "0001"
    assert set(second.artifacts.uids()) == {a.uid, b.uid}
    assert pg.Artifact.filter(collections=second).count() == 2


def test_what_was_deleted_comes_back_when_it_is_saved_again() -> None:
    """By its key, or by its content when it has none; a collection by its members. What is said of it anew is taken."""
    keyed, bare = pg.Artifact(written("a.csv", "1"), key="a.csv").save(), pg.Artifact(written("b.csv", "2")).save()
    both = pg.Collection([keyed, bare], name="both").save()
    for record in (keyed, bare, both):
        record.delete()
    assert pg.Artifact.filter().count() == pg.Collection.filter().count() == 0
    again = [pg.Artifact("a.csv", key="a.csv").save(), pg.Artifact("b.csv").save()]
    assert again == [keyed, bare]
    assert not any(each.deleted for each in again)
    named = pg.Collection(again, name="both", description="anew").save()
    assert (named, named.deleted, pg.Collection.get(name="both").description) == (both, False, "anew")


def test_other_files_with_its_content_come_before_a_deleted_one() -> None:
    """What has no key is the one with this content that is not hidden; a raw file is no hidden artifact."""
    pg.Artifact(written("b.csv", "2")).save().delete()
    keyed = pg.Artifact(written("c.csv", "2"), key="c.csv").save()
    assert pg.Artifact("b.csv").save() == keyed
    keyed.delete()
    pg.track(transform=pg.Transform(name="step"))
    pg.use("b.csv")
    assert pg.context.run is not None
    assert pg.context.run.inputs.list("key") == ["b.csv"]


def test_a_saved_record_can_be_described_anew_but_not_renamed() -> None:
    """What a person says about a record changes with `save()`; what identifies it is an error at once."""
    artifact = pg.Artifact(written("a.csv", "1"), key="a.csv").save()
    artifact.description = "numbers"
    artifact.save()
    assert pg.Artifact.get(key="a.csv").description == "numbers"
    with pytest.raises(InvalidValueError, match="key of a saved Artifact"):
        artifact.key = "b.csv"
    assert artifact.key == "a.csv"


def test_a_file_that_changed_since_it_was_saved_is_named() -> None:
    """Other bytes are never given out under an artifact's name."""
    artifact = pg.Artifact(written("a.csv", "x\n1"), key="a.csv", copy=False).save()
    written("a.csv", "x\n2")
    with pytest.raises(FileChangedError, match=artifact.uid):
        artifact.load()


def test_a_stale_record_writes_only_what_was_changed_in_it() -> None:
    """Another process's change is not undone."""
    stale = pg.Artifact(written("a.csv", "1"), key="a.csv").save()
    pg.Artifact("a.csv", key="a.csv", type="dataset").save()
    stale.description = "numbers"
    stale.save()
    fresh = pg.Artifact.get(stale.uid)
    assert (fresh.type, fresh.description) == ("dataset", "numbers")


def test_threads_that_save_one_key_at_once_make_one_version_each() -> None:
    """Every race ends in one latest version, and every save is an output of its run."""
    maker = run()
    files = [written(f"{number}.csv", str(number)) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda file: pg.Artifact(file, key="same.csv", run=maker).save(), files))
    assert pg.Artifact.filter(key="same.csv").count() == maker.outputs.count() == 8
    assert pg.Artifact.filter(key="same.csv", is_latest=True).count() == 1


def test_content_without_a_key_is_the_artifact_that_is_saved_beside_it() -> None:
    """In one call as in two."""
    both = [pg.Artifact(written("b.csv", "1"), key="b.csv"), pg.Artifact(written("c.csv", "1"))]
    pg.save(both)
    assert both[0] == both[1] == pg.Artifact.filter().one()


def test_content_without_a_key_is_rather_its_own_file_and_says_what_it_is_taken_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Of several with its content it is that of its path, else the latest; another name is said."""
    own = pg.Artifact(written("a.csv", "1"), key="a.csv").save()
    other = pg.Artifact("a.csv", key="b.csv").save()
    capsys.readouterr()
    assert pg.Artifact("a.csv").save() == own
    assert "is taken for" not in capsys.readouterr().err
    assert pg.Artifact(written("c.csv", "1")).save() == other
    assert "c.csv is taken for b.csv, which holds the same; give key=" in capsys.readouterr().err
    pg.Artifact(written("b.csv", "2"), key="b.csv").save()
    assert pg.Artifact(written("b.csv", "1")).save() == other
    assert "b.csv is taken for b.csv, an older version of it" in capsys.readouterr().err
    assert pg.Artifact("c.csv").save() == own
    pg.Artifact(written("a.csv", "2"), key="a.csv").save()
    assert pg.Artifact("c.csv").save().uid in {own.uid, other.uid}
    assert "an older version of it" in capsys.readouterr().err


def test_saving_a_record_brings_back_what_another_hid_and_not_what_is_gone() -> None:
    """Whoever deleted it, and in whichever process: a record that is no longer there is an error."""
    saved = pg.Artifact(written("a.csv", "1"), key="a.csv").save()
    pg.Artifact.get(saved.uid).delete()
    assert pg.Artifact.filter().count() == 0
    saved.save()
    assert pg.Artifact.filter().list("uid") == [saved.uid]
    pg.Artifact.get(saved.uid).delete(permanent=True)
    with pytest.raises(NotFoundError, match=r"no longer in the graph.*Make a new record"):
        saved.save()
    assert pg.Artifact("a.csv", key="a.csv").save().key == "a.csv"


def test_a_run_reads_what_is_saved() -> None:
    """An artifact that is not yet in the graph can be no input."""
    pg.track(transform=pg.Transform(name="step"))
    for read in (pg.Artifact.cache, pg.Artifact.load, pg.Artifact.open):
        with pytest.raises(NotSavedError, match="Save it first"):
            read(pg.Artifact(written("a.csv", "1"), key="a.csv"))
    pg.finish()


def test_it_is_opened_as_bytes_or_as_text() -> None:
    """As fsspec does it."""
    artifact = pg.Artifact(written("a.csv", "ß"), key="a.csv").save()
    with artifact.open() as raw, artifact.open("r") as text:
        assert (raw.read(), text.read()) == ("ß".encode(), "ß")
    empty = pg.Artifact(written("b.csv", ""), key="b.csv").save()
    assert "size=0" in repr(empty)


def test_a_store_that_was_removed_meanwhile_is_named(store: Store) -> None:
    """A process that lives on keeps nothing and says so."""
    artifact = pg.Artifact(written("a.csv", "1"), key="a.csv")
    shutil.rmtree(store.instance.folder)
    with pytest.raises(DamagedInstanceError, match="was removed"):
        artifact.save()


def test_a_space_that_changes_meanwhile_is_said_once(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """A process goes on in the space where it began, whatever is restored or initialised beside it."""
    first = pg.Artifact(written("a.csv", "1"), key="a.csv").save()
    instance.write(instance.planned(store.root, space="other"))
    second = pg.Artifact(written("b.csv", "2"), key="b.csv").save()
    pg.Artifact(written("c.csv", "3"), key="c.csv").save()
    said = f"this project's space is 'other' now; this process goes on in '{store.space}', as it began"
    assert capsys.readouterr().err.count(said) == 1
    assert first.space == second.space == store.space
    assert pg.Artifact.filter().count() == 3


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: ANYTHING.Artifact("a.csv", run="abc"),
        lambda: ANYTHING.Artifact("a.csv", key=5),
        lambda: ANYTHING.Artifact(5),
        lambda: ANYTHING.Artifact.get(None),
        lambda: ANYTHING.Artifact.get(""),
        lambda: ANYTHING.Collection(["x"], name="x"),
        lambda: ANYTHING.Run(pg.Artifact("a.csv")),
        lambda: ANYTHING.Artifact.from_anndata(pd.DataFrame()),
        lambda: ANYTHING.save([1]),
    ],
)
def test_a_value_of_the_wrong_kind_is_a_named_error(wrong: Callable[[], object]) -> None:
    """Never an AttributeError from the inside."""
    written("a.csv", "1")
    with pytest.raises(InvalidValueError):
        wrong()


def test_a_folder_is_taken_whole() -> None:
    """With its hidden files and what looks like a tool's; what cannot be a file is an error, and nothing is written."""
    names = ("x.zarr/.zattrs", "x.zarr/.zgroup", "x.zarr/X/.zarray", "x.zarr/X/0.0", "x.zarr/node_modules/a")
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        written(name, name)
    pg.save(pg.Artifact.from_dir("x.zarr"))
    assert sorted(pg.Artifact.filter().list("key")) == sorted(names)
    Path("x.zarr/broken").symlink_to("gone")
    with pytest.raises(MissingFileError, match="broken"):
        pg.Artifact.from_dir("x.zarr")
    Path("x.zarr/broken").unlink()
    os.mkfifo("x.zarr/pipe")
    with pytest.raises(WrongFileTypeError, match="neither a file nor a folder"):
        pg.Artifact.from_dir("x.zarr")


def test_a_folder_in_the_storage_has_no_copies_of_the_store() -> None:
    """They are no files of a person's."""
    store = pg.init(storage="mydata")
    pg.Artifact(written("a.csv", "1"), key="a.csv", copy=True).save()
    written("mydata/b.csv", "2")
    assert [each.path.name for each in pg.Artifact.from_dir(store.instance.storage)] == ["b.csv"]


def test_the_observations_are_those_that_are_written() -> None:
    """Rows that were dropped between the making and the saving are not counted."""
    df = pd.DataFrame({"a": [1, 2, 3]})
    artifact = pg.Artifact.from_df(df, key="a.parquet")
    df.drop(index=[0, 1], inplace=True)  # noqa: PD002 - the caller's object is what changes
    assert artifact.save().n_observations == len(artifact.load()) == 1
    assert pg.Artifact.get(key="a.parquet").n_observations == 1


def test_a_dataframe_that_would_come_back_otherwise_is_not_saved() -> None:
    """It is an error that names the column, and no artifact is left."""
    frame = pd.DataFrame({"n": pd.Series([1, None, 2**60 + 1], dtype=object)})
    with pytest.raises(InvalidValueError, match="the column 'n'"):
        pg.Artifact.from_df(frame, key="a.parquet").save()
    assert pg.Artifact.filter().count() == 0


@pytest.mark.parametrize("mode", ["on", "off"])
def test_a_saved_artifact_lets_its_object_go(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is in the file; the artifact holds no gigabytes and takes none along, and goes on as before."""
    monkeypatch.setenv("PROVGRAPH_MODE", mode)
    frame = pd.DataFrame({"n": range(100_000)})
    made = pg.Artifact.from_df(frame, key="a.parquet", run=False)
    kept, rows = weakref.ref(frame), len(frame)
    assert made.save().n_observations == rows
    del frame
    gc.collect()
    assert kept() is None
    assert len(pickle.dumps(made)) < 10_000
    made.description = "numbers"
    assert made.save().description == "numbers"
    assert (made.n_observations, len(made.load()), len(pd.read_parquet(made.path))) == (rows, rows, rows)
    adata = anndata.AnnData(np.zeros((3, 2)))
    other = pg.Artifact.from_anndata(adata, key="a.h5ad", run=False)
    seen = weakref.ref(adata)
    pg.save([other, made])
    del adata
    gc.collect()
    assert (seen(), other.load().n_obs) == (None, 3)


def test_an_object_that_could_not_be_saved_stays() -> None:
    """So that saving it can be tried again."""
    frame = pd.DataFrame({"n": pd.Series([1, None, 2**60 + 1], dtype=object)})
    made = pg.Artifact.from_df(frame, key="a.parquet")
    with pytest.raises(InvalidValueError, match="the column 'n'"):
        made.save()
    frame["n"] = [1, 2, 3]
    assert made.save().load()["n"].tolist() == [1, 2, 3]
