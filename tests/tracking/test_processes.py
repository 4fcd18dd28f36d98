"""Runs and processes: whose run it is that a worker, a forked child or another store meets."""

from __future__ import annotations

import json
import os
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

import provgraph as pg
from provgraph.errors import InvalidValueError, MissingFileError, NotFoundError
from provgraph.probes.code import process_facts
from provgraph.store.running import Workers
from tests.support import projects, scripts
from tests.support.engines import on_local

WORKER = """
    import multiprocessing, sys
    import provgraph as pg
    def work(number):
        if number:
            pg.track(transform=pg.Transform(name="child", type="function"))
        else:
            pg.track()
        open(f"{number}.txt", "w").write(str(number))
        pg.Artifact(f"{number}.txt", key=f"{number}.txt").save()
        if number:
            pg.finish()
    if __name__ == "__main__":
        pg.track()
        for number in (0, 1):
            process = multiprocessing.get_context(sys.argv[1]).Process(target=work, args=(number,))
            process.start()
            process.join()
            assert process.exitcode == 0
        assert pg.context.run.status == "running"
    """


def execute(body: str, *arguments: str) -> str:
    Path("a.py").write_text(textwrap.dedent(body))
    done = scripts.execute("a.py", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_worker_may_track_something_of_its_own(method: str) -> None:
    """Without a word it belongs to the run that started it; that run goes on and ends by itself."""
    execute(WORKER, method)
    made = dict(pg.Artifact.filter().list("key", "run__transform__name"))
    assert made == {"0.txt": "a.py", "1.txt": "child"}
    assert pg.Run.filter().order_by("transform__name").list("status") == ["completed", "completed"]


def test_a_forked_child_does_not_end_its_parent_s_run() -> None:
    """Neither by tracking something else nor by finishing; it still belongs to it when what it tracks is not there."""
    execute("""
        import os
        import provgraph as pg
        run = pg.track()
        if (child := os.fork()) == 0:
            try:
                pg.track(pipeline="none")
            except pg.errors.NotFoundError:
                os._exit(pg.context.run != run)
        assert os.waitpid(child, 0)[1] == 0
        for call in (lambda: pg.track(transform=pg.Transform(name="x", type="function")), pg.finish):
            if (child := os.fork()) == 0:
                call()
                os._exit(0)
            os.waitpid(child, 0)
            assert pg.Run.get(run.uid).status == "running"
        """)
    assert pg.Run.filter(transform__key="a.py").one().status == "completed"


def test_a_run_that_a_forked_child_begins_by_hand_leaves_its_parent_s_alone() -> None:
    """Neither does the child's end finish it, nor does `pg.finish()` in the child."""
    execute("""
        import os, sys
        import provgraph as pg
        run = pg.track()
        for call in (lambda: None, pg.finish):
            if (child := os.fork()) == 0:
                pg.Run(transform=pg.Transform(name="by hand", type="function").save()).save()
                call()
                sys.exit()
            assert os.waitpid(child, 0)[1] == 0
            assert pg.Run.get(run.uid).status == "running"
        """)
    assert pg.Run.filter(transform__key="a.py").one().status == "completed"
    assert pg.Run.filter(transform__name="by hand").list("status") == ["completed"] * 2


WRONG: dict[str, tuple[Any, ...]] = {
    "params of numbers": (InvalidValueError, {"params": [1]}),
    "a param without a name": (InvalidValueError, {"params": {1: 2}}),
    "a name that is none": (InvalidValueError, {"name": 3}),
    "a pipeline that is not registered": (NotFoundError, {"pipeline": "none"}),
    "a version that is taken": (
        InvalidValueError,
        {"transform": lambda: pg.Transform(name="aligner", version="1", type="script")},
    ),
}


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(("error", "given"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_call_of_track_leaves_the_run_that_is_on(error: type[Exception], given: dict[str, Any]) -> None:
    """It goes on, and nothing new is written."""
    pg.Transform(name="aligner", version="1", type="pipeline").save()
    step = pg.Transform(name="step", type="function").save()
    run = pg.track(transform=step)
    given = {name: value() if callable(value) else value for name, value in given.items()}
    with pytest.raises(error):
        pg.track(**{"transform": step, "new_run": True, **given} if "pipeline" not in given else given)
    assert (pg.context.run, run.status, pg.Run.filter().one()) == (run, "running", run)
    pg.finish()


@pytest.mark.usefixtures("store")
def test_a_run_that_another_process_deleted_makes_way() -> None:
    """That it cannot be ended is said, and does not stop the next one."""
    first = pg.track(transform=pg.Transform(name="one", type="function"))
    projects.in_another_process(f"pg.Run.get({first.uid!r}).delete(permanent=True)")
    second = pg.track(transform=pg.Transform(name="two", type="function"))
    assert pg.context.run == second
    assert second.status == "running"
    pg.finish()


SAVING = """
    import multiprocessing, subprocess, sys
    import provgraph as pg
    def save(name):
        open(name, "w").write(name)
        pg.Artifact(name, key=name).save()
    def pool(name):
        start(save, name)
    def wait(event, name):
        event.wait()
        save(name)
    def start(work, *arguments):
        process = multiprocessing.get_context("spawn").Process(target=work, args=arguments)
        process.start()
        return process
    """


@on_local
@pytest.mark.usefixtures("store")
def test_workers_of_a_finished_run_belong_to_none() -> None:
    """Neither those that are started after it ended nor those that save their first then; those of the next run do."""
    execute(f"""{SAVING}
    if __name__ == "__main__":
        pg.track()
        event = multiprocessing.get_context("spawn").Event()
        waiting = start(wait, event, "waiting.txt")
        start(pool, "nested.txt").join()
        pg.finish()
        event.set()
        waiting.join()
        start(save, "after.txt").join()
        pg.track(transform=pg.Transform(name="next", type="function"))
        start(save, "next.txt").join()
    """)
    made = dict(pg.Artifact.filter().list("key", "run__transform__name"))
    assert made == {"nested.txt": "a.py", "waiting.txt": None, "after.txt": None, "next.txt": "next"}


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("setup", "kind"),
    [("local", "fork"), ("local", "spawn"), ("local", "forkserver"), ("neo4j", "fork")],
    indirect=["setup"],
)
def test_workers_that_are_kept_belong_to_the_run_that_is_on(kind: str) -> None:
    """A pool that was there before the first run, and new workers of a server that was."""
    execute(f"""{SAVING}
    if __name__ == "__main__":
        pg.init(shared=True)
        kind = multiprocessing.get_context({kind!r})
        with kind.Pool(1) as pool:
            pool.map(save, ["before.txt"])
            for number in ("1", "2"):
                pg.track(transform=pg.Transform(name=number, type="function"))
                pool.map(save, [f"kept{{number}}.txt"])
                with kind.Pool(1) as fresh:
                    fresh.map(save, [f"fresh{{number}}.txt"])
            pg.finish()
            pool.map(save, ["after.txt"])
    """)
    assert dict(pg.Artifact.filter().list("key", "run__transform__name")) == {
        "before.txt": None,
        "kept1.txt": "1",
        "fresh1.txt": "1",
        "kept2.txt": "2",
        "fresh2.txt": "2",
        "after.txt": None,
    }


@on_local
@pytest.mark.usefixtures("store")
def test_a_worker_that_is_given_a_record_asks_it_first() -> None:
    """Before it has called anything of provgraph."""
    execute("""
        import multiprocessing, operator
        import provgraph as pg
        if __name__ == "__main__":
            with open("a.txt", "w") as file:
                file.write("1")
            artifact = pg.Artifact("a.txt", key="a.txt").save()
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                assert pool.map(operator.attrgetter("path"), [artifact]) == [artifact.path]
        """)


@on_local
@pytest.mark.usefixtures("store")
def test_workers_of_a_program_that_a_tracked_one_starts_are_not_the_run_s() -> None:
    """The program tracks nothing, and the run does not know what it does."""
    execute(f"""{SAVING}
    if __name__ == "__main__":
        if len(sys.argv) > 1:
            start(save, "child.txt").join()
        else:
            pg.track()
            assert subprocess.run([sys.executable, "a.py", "child"]).returncode == 0
    """)
    assert pg.Artifact.filter().list("key", "run__transform__name") == [("child.txt", None)]


def test_another_store_is_not_opened_while_a_run_is_on(project: Path) -> None:
    """The run would be lost; the same store again keeps it."""
    run = pg.track(transform=pg.Transform(name="step", type="function"))
    pg.init()
    assert pg.context.run == run
    (project / "other").mkdir()
    with pytest.raises(InvalidValueError, match=r"is on in .*pg\.finish"):
        pg.init("other")
    pg.finish()


def test_a_working_directory_that_was_removed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a store is open already or not."""
    for is_open in (False, True):
        if is_open:
            pg.init()
        folder = tmp_path / "gone"
        folder.mkdir()
        with monkeypatch.context() as within:
            within.chdir(folder)
            folder.rmdir()
            with pytest.raises(MissingFileError, match="the working directory of this process was removed"):
                pg.track(transform=pg.Transform(name="step", type="function"))


@pytest.mark.parametrize("call", ["stop()", "init()"])
def test_runs_go_on_when_their_instance_is_opened_anew(call: str) -> None:
    """One by hand, and one that is tracked, also when the engine was stopped."""
    execute(f"""
        import provgraph as pg
        by_hand = pg.Run(pg.Transform(name="by hand").save()).save()
        pg.{call}
        tracked = pg.track()
        pg.{call}
        assert pg.context.run == tracked
        open("b.txt", "w").write("b")
        assert pg.Artifact("b.txt", key="b.txt").save().run == tracked
        pg.finish()
        assert pg.Run.get(tracked.uid).environment is not None
        assert pg.Run.get(by_hand.uid).status == "running"
        """)
    assert pg.Run.filter().list("status") == ["completed", "completed"]


def test_runs_by_hand_end_when_the_process_goes_on_elsewhere() -> None:
    """In the store in which they were begun; where the other one cannot be opened they go on."""
    execute("""
        import provgraph as pg, pathlib
        run = pg.Run(pg.Transform(name="by hand").save()).save()
        try:
            pg.connect("none")
        except pg.errors.NoInstanceError:
            pass
        try:
            pg.init(url="bolt://127.0.0.1:9")
        except pg.errors.EngineUnavailableError:
            pass
        assert run.status == "running" and pg.Run.get(run.uid) == run
        pathlib.Path("other").mkdir()
        pg.init("other")
        assert run.status == "completed"
        assert pg.Run.filter().count() == 0
        pg.delete(force=True)
        """)
    assert pg.Run.filter().one().status == "completed"


def test_an_exit_of_a_thread_is_not_the_program_s() -> None:
    """The program itself ends well."""
    execute("""
        import sys, threading
        import provgraph as pg
        pg.track()
        thread = threading.Thread(target=lambda: sys.exit(2))
        thread.start()
        thread.join()
        """)
    assert pg.Run.filter().one().status == "completed"


def test_numbers_of_numpy_are_numbers_among_parameters() -> None:
    """Not their texts."""
    np = pytest.importorskip("numpy")
    params = {"n": np.int64(3), "shuffle": np.bool_(False), "rate": np.float64(0.5), "list": np.array([1]), "set": {1}}
    run = pg.Run(pg.Transform(name="x").save(), params=params).save()
    assert pg.Run.get(run.uid).params == {"n": 3, "shuffle": False, "rate": 0.5, "list": [1], "set": [1]}


def test_a_generator_is_read_once() -> None:
    """As the value of `in`."""
    pg.save([pg.Transform(name="a"), pg.Transform(name="b")])
    assert pg.Transform.filter(name__in=(each for each in ["a"])).list("name") == ["a"]


def test_a_thread_that_tracks_something_else_has_that_run_for_itself() -> None:
    """The process's run goes on beside it; a thread that tracks nothing belongs to it."""
    execute("""
        import threading
        import provgraph as pg

        def save(name):
            open(name, "w").write(name)
            pg.Artifact(name, key=name).save()

        def work(number, begun, go_on):
            if number:
                pg.track(transform=pg.Transform(name=f"step {number}", type="function"))
            begun.wait()
            save(f"{number}.txt")
            if number == 1:
                pg.finish()
            go_on.wait()
            assert number != 2, "this one fails"

        pg.track()
        begun, go_on = threading.Barrier(4), threading.Barrier(4)
        threads = [threading.Thread(target=work, args=(number, begun, go_on)) for number in range(3)]
        for each in threads:
            each.start()
        begun.wait()
        save("main.txt")
        go_on.wait()
        for each in threads:
            each.join()
        assert pg.context.transform.key == "a.py" and pg.context.run.status == "running"
        """)
    made = dict(pg.Artifact.filter().list("key", "run__transform__name"))
    assert made == {"main.txt": "a.py", "0.txt": "a.py", "1.txt": "step 1", "2.txt": "step 2"}
    status = dict(pg.Run.filter().list("transform__name", "status"))
    assert status == {"a.py": "completed", "step 1": "completed", "step 2": "errored"}


def test_each_run_ends_as_its_thread_does() -> None:
    """Also that of the first thread, which is the process's; an exit with 0 is a good end, and one with 2 is none."""
    execute("""
        import sys, threading
        import provgraph as pg

        def work(name, end):
            pg.track(transform=pg.Transform(name=name, type="function"))
            begun.wait()
            end()

        def fail():
            raise ValueError(1)

        ends = {"fails": fail, "fails too": fail, "leaves": lambda: sys.exit(0), "leaves badly": lambda: sys.exit(2)}
        begun = threading.Barrier(len(ends) + 1)
        threads = [threading.Thread(target=work, args=each) for each in [*ends.items(), ("goes on", lambda: None)]]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        for name in ("one", "after another"):
            thread = threading.Thread(target=pg.track, kwargs={"transform": pg.Transform(name=name, type="function")})
            thread.start()
            thread.join()
        """)
    errors = dict(pg.Run.filter().list("transform__name", "error"))
    status = dict(pg.Run.filter().list("transform__name", "status"))
    assert {name for name, each in status.items() if each == "errored"} == {"fails", "fails too", "leaves badly"}
    assert set(status.values()) == {"errored", "completed"}
    assert len(status) == 7
    assert errors["leaves badly"] == "it ended by sys.exit(2)"
    assert "ValueError: 1" in errors["fails"]


@on_local
@pytest.mark.usefixtures("store")
def test_what_ends_a_thread_is_shown_whatever_becomes_of_its_run() -> None:
    """Its own error, and in one line that its run could not be ended."""
    said = execute("""
        import threading
        import provgraph as pg

        def work():
            run = pg.track(transform=pg.Transform(name="step", type="function"))
            pg.cypher("MATCH (r:Run {uid: $uid}) DETACH DELETE r", uid=run.uid, write=True)
            raise ValueError("this is mine")

        pg.track()
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        """)
    assert "ValueError: this is mine" in said
    assert "could not be finished" in said
    assert "Exception in threading.excepthook" not in said


def test_the_file_of_a_program_stays_while_it_runs(tmp_path: Path) -> None:
    """However old it is; that of one which is gone is removed, and one of another host when it is old."""
    here, old = process_facts(), time.time() - 31 * 24 * 3600

    def program(name: str, host: str, started: float) -> Path:
        file = tmp_path / "workers" / name
        file.write_text(json.dumps({"run": name, "process": [host, here.pid, started]}))
        os.utime(file, (old, old))
        return file

    (tmp_path / "workers").mkdir()
    runs = program("runs", here.host, here.pid_started)
    gone = program("gone", here.host, here.pid_started - 100)
    elsewhere = program("elsewhere", "another", here.pid_started)
    workers = Workers(tmp_path)
    workers.tell("mine")
    assert (runs.exists(), gone.exists(), elsewhere.exists(), workers.told()) == (True, False, False, "mine")
    workers.tell_none("another's")
    assert workers.told() == "mine"
    workers.tell_none("mine")
    assert workers.told() is None
