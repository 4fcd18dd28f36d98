"""How a tracked script ends is what its run says."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import provgraph as pg
from provgraph.store import current
from provgraph.store.saving import runs
from tests.support.engines import on_local
from tests.support.processes import surroundings
from tests.support.scripts import execute, script

pytestmark = pytest.mark.usefixtures("store")


@on_local
def test_a_script_that_raises_is_errored_with_its_traceback() -> None:
    """The traceback is kept, the exit code is Python's own."""
    script("a.py", 'pg.track()\nraise ValueError("no such gene")\n')
    done = execute("a.py")
    assert done.returncode == 1
    run = pg.Run.filter().one()
    assert run.status == "errored"
    assert "no such gene" in (run.error or "")


@on_local
@pytest.mark.parametrize(
    ("status", "kept"), [("3", "errored"), ("'no input'", "errored"), ("0", "completed"), ("", "completed")]
)
def test_a_script_that_leaves_with_a_status_is_errored(status: str, kept: str) -> None:
    """By `sys.exit`, as argparse and click do it; the status stays what it was."""
    script("a.py", f"import sys\npg.track()\nsys.exit({status})\n")
    done = execute("a.py")
    assert done.returncode == (3 if status == "3" else int(kept == "errored"))
    run = pg.Run.filter().one()
    assert (run.status, run.error) == (kept, f"it ended by sys.exit({status})" if kept == "errored" else None)


@on_local
def test_a_script_that_ends_without_finish_is_finished() -> None:
    """At its exit."""
    script("a.py", "pg.track()\n")
    execute("a.py")
    assert pg.Run.filter().one().status == "completed"


@on_local
def test_a_killed_script_shows_as_abandoned() -> None:
    """Ended at its last activity; the next process that opens the store sees it."""
    script("a.py", 'import os, time\npg.track()\nprint("on", flush=True)\ntime.sleep(60)\n')
    environment = surroundings()
    with subprocess.Popen([sys.executable, "a.py"], stdout=subprocess.PIPE, env=environment, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
    for _ in range(100):
        current.use(current.existing().instance, quiet=True)
        if (run := pg.Run.filter().one()).status != "running":
            break
        time.sleep(0.05)
    assert run.status == "abandoned"
    assert run.finished_us == run.last_us


def test_a_killed_script_has_kept_the_modules_of_what_it_saved() -> None:
    """The project's modules that it had imported until its last save, so that a bug in one of them finds the result."""
    for name in ("early", "late", "after"):
        script(f"lib/{name}.py", "")
    body = """
        import os, signal
        from pathlib import Path
        from lib import early
        pg.track()
        Path("a.txt").write_text("1")
        pg.Artifact("a.txt", key="a.txt").save()
        from lib import late
        Path("b.txt").write_text("2")
        pg.Artifact("b.txt", key="b.txt").save()
        from lib import after
        os.kill(os.getpid(), signal.SIGKILL)
    """
    script("a.py", body)
    assert execute("a.py").returncode == -signal.SIGKILL
    kept = ["a.py", "lib/early.py", "lib/late.py"]
    assert sorted(pg.Run.filter().one().source_files.list("key")) == kept
    assert set(pg.impact("lib/early.py").artifacts.list("key")) == {"a.txt", "b.txt"}


@on_local
def test_a_module_that_is_changed_while_a_run_is_on_is_kept_in_both_forms() -> None:
    """As it was at the first save, and as it was at the end, which is said."""
    script("lib/tools.py", "")
    body = """
        from pathlib import Path
        from lib import tools
        pg.track()
        Path("a.txt").write_text("1")
        pg.Artifact("a.txt", key="a.txt").save()
        Path(tools.__file__).write_text("changed = True")
    """
    script("a.py", body)
    said = execute("a.py").stderr
    assert said.count("changed after this process began") == 1
    assert pg.Run.filter().one().source_files.filter(key="lib/tools.py").count() == 2


def test_a_run_that_ends_while_its_process_is_looked_for_is_not_abandoned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process reads that it is on, it ends, and only then its process is seen to be gone."""
    run = pg.track(transform=pg.Transform(name="nightly", type="function"))

    def is_alive(_host: str, pid: int, _started: float) -> bool:
        if pg.context.run is not None:
            pg.finish()
        return pid != os.getpid()

    monkeypatch.setattr(runs, "process_alive", is_alive)
    runs.abandon_lost(current.existing().ledger.engine)
    assert pg.Run.get(run.uid).status == "completed"


@on_local
@pytest.mark.parametrize("closed", ["2>/dev/full", "2>&-", "2>&1 >out.txt | true"])
def test_what_is_only_said_never_ends_a_script(closed: str) -> None:
    """A full disk, a closed stream or a reader that has gone keeps nobody's computation from its end."""
    body = """
        import time
        pg.track()
        time.sleep(0.3)
        pg.finish()
        open("done.txt", "w").write("1")
    """
    script("a.py", body)
    environment = surroundings()
    subprocess.run(["sh", "-c", f"{sys.executable} a.py {closed}"], check=False, env=environment)
    assert Path("done.txt").exists()
    assert pg.Run.filter().one().status == "completed"


@on_local
@pytest.mark.parametrize(
    ("ending", "status", "said"),
    [
        ("exit(5)", "errored", False),
        ("raise SystemExit(4)", "errored", True),
        ("def main():\n    raise SystemExit(4)\nmain()", "errored", True),
        ("from sys import exit\nexit(2)", "errored", False),
        ("try:\n    sys.exit(1)\nexcept SystemExit:\n    pass", "completed", False),
        ("try:\n    sys.exit(1)\nexcept SystemExit:\n    sys.exit(0)", "completed", False),
        ("try:\n    sys.exit(0)\nexcept SystemExit:\n    x = 3\nraise SystemExit(x)", "errored", True),
        ("raise ValueError('\\udcff')", "errored", False),
    ],
)
def test_how_a_script_ends(ending: str, status: str, said: bool) -> None:
    """An exit that was caught is none; a SystemExit whose status nobody knows counts as errored, and that is said."""
    script("a.py", f"import sys\npg.track()\n{ending}\n")
    done = execute("a.py")
    assert (pg.Run.filter().one().status, "it ended by SystemExit" in done.stderr) == (status, said)


@on_local
@pytest.mark.parametrize(("given", "status"), [(1, "errored"), (0, "completed"), (None, "completed")])
def test_a_main_function_that_gives_the_status(given: int | None, status: str) -> None:
    """As most scripts end: Python looked `sys.exit` up before the run began."""
    script("a.py", f"import sys\n\n\ndef main():\n    pg.track()\n    return {given}\n\n\nsys.exit(main())\n")
    done = execute("a.py")
    assert (done.returncode, pg.Run.filter().one().status) == (given or 0, status)
    assert "SystemExit" not in done.stderr


@on_local
@pytest.mark.parametrize(("ending", "status"), [("", "completed"), ("raise ValueError(1)", "errored")])
def test_a_run_by_hand_ends_with_its_process(ending: str, status: str) -> None:
    """Also where nothing is tracked."""
    script("a.py", f"pg.Run(pg.Transform(name='by hand').save()).save()\n{ending}\n")
    execute("a.py")
    assert pg.Run.filter().one().status == status


@on_local
def test_a_script_that_was_changed_after_its_start_is_named() -> None:
    """The text that was compiled is gone; comments at a line's end make no difference."""
    script("a.py", "from pathlib import Path\np = Path(__file__)\np.write_text(p.read_text() + ADDED)\npg.track()\n")
    for added, said in (("'# only a comment'", False), ("'x = 1'", True), ("'('", True)):
        text = Path("a.py").read_text().split("p.write_text")[0]
        Path("a.py").write_text(f"{text}p.write_text(p.read_text() + {added})\nimport provgraph as pg\npg.track()\n")
        assert ("a.py was changed after it was started" in execute("a.py").stderr) is said


@pytest.mark.usefixtures("own_engine", "setup")
def test_an_instance_that_was_deleted_is_not_begun_anew_by_the_end_of_a_run() -> None:
    """Nor by another run; the program goes on, and is told."""
    script(
        "a.py",
        """
        import subprocess, sys
        pg.track()
        subprocess.run([sys.executable, "-m", "provgraph", "delete", "--force"], check=True)
        try:
            pg.track(new_run=True)
        except pg.errors.DamagedInstanceError as error:
            print(error)
        """,
    )
    done = execute("a.py")
    assert (done.returncode, "was removed while this process works in it" in done.stdout) == (0, True), done.stderr
    assert "could not be finished" in done.stderr
    assert not Path(".provgraph").exists()
