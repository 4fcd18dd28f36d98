"""Batch jobs of a cluster: they start no engine, and what they record is brought in afterwards, whole and in order."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

import provgraph as pg
from provgraph.errors import EngineBusyError
from provgraph.probes import cluster
from provgraph.store import current
from tests.support.commands import process
from tests.support.processes import owners, surroundings
from tests.support.projects import config

JOBS = int(os.environ.get("PROVGRAPH_TEST_JOBS", "6"))

ALIGN = """
import sys
import provgraph as pg
pg.track(params={"sample": sys.argv[1]})
reads = pg.use("reads.txt").read_text()
with open(f"{sys.argv[1]}.txt", "w") as file:
    file.write(reads + sys.argv[1])
pg.Artifact(f"{sys.argv[1]}.txt", key=f"aligned/{sys.argv[1]}.txt", copy=False).save()
"""
MERGE = """
import sys
import provgraph as pg
pg.track()
text = "".join(pg.use(f"{name}.txt", key=f"aligned/{name}.txt").read_text() for name in sys.argv[1:])
with open("merged.txt", "w") as file:
    file.write(text)
merged = pg.Artifact("merged.txt", key="merged.txt").save()
assert merged.load() == text
"""


@pytest.fixture
def scripts(project: Path) -> Path:
    """A project with the scripts of two kinds of jobs."""
    for name, text in (("align.py", ALIGN), ("merge.py", MERGE), ("reads.txt", "ACGT")):
        Path(name).write_text(text)
    return project


def job(number: int, *arguments: str) -> subprocess.Popen[str]:
    """Start a script as a job of Slurm does."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        env=surroundings(SLURM_JOB_ID=str(number)),
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(started: subprocess.Popen[str]) -> str:
    _, told = started.communicate(timeout=120)
    assert started.returncode == 0, told
    return told


def jobs(count: int) -> list[str]:
    """Run jobs of one script, four at a time, and the job that needs them all; give what these said."""
    told: list[str] = []
    names = [f"s{number}" for number in range(count)]
    for first in range(0, count, 4):
        some = [job(100 + first, "align.py", name) for name in names[first : first + 4]]
        told += [ended(each) for each in some]
    return [*told, ended(job(99, "merge.py", *names))]


@pytest.mark.usefixtures("scripts")
def test_jobs_make_one_transform_and_the_lineage_of_all(project: Path) -> None:
    """Each has a run of its own; the job that took their files by path follows them all."""
    told = jobs(JOBS)
    assert all("starts no local engine" in each and "provgraph sync" in each for each in told)
    assert owners(project / ".provgraph") == []
    spooled = list((project / ".provgraph" / "spool").glob("*.jsonl"))
    assert len(spooled) == JOBS + 1
    copies = project / "copies"
    shutil.copytree(project / ".provgraph" / "spool", copies)

    done = process("sync")
    assert (done.returncode, done.stdout.split()[0]) == (0, str(JOBS * 5 + 4)), done.stderr
    assert list((project / ".provgraph" / "spool").glob("*.jsonl")) == []
    assert sorted(pg.Transform.filter().list("key")) == ["align.py", "merge.py"]
    runs = pg.Run.filter(transform__key="align.py")
    assert (runs.count(), set(runs.list("status"))) == (JOBS, {"completed"})
    merged = pg.Run.filter(transform__key="merge.py").one()
    assert merged.predecessors.count() == JOBS
    assert pg.Artifact.get(key="merged.txt").sources().list("key") == ["reads.txt"]
    assert pg.Artifact.get(key="reads.txt").input_of.count() == JOBS
    assert (pg.check(), pg.verify().findings) == ([], [])

    for path in copies.iterdir():
        shutil.copy(path, project / ".provgraph" / "spool")
    assert process("sync").stdout.startswith("nothing waits")
    assert pg.Run.filter().count() == JOBS + 1


@pytest.mark.usefixtures("scripts")
def test_a_question_in_a_job_says_where_to_ask(monkeypatch: pytest.MonkeyPatch, project: Path) -> None:
    """Nothing is started for it; a setting starts the engine all the same."""
    pg.init()
    pg.stop()
    current.close()
    monkeypatch.setenv("PBS_JOBID", "4711.server")
    with pytest.raises(EngineBusyError, match=r"PBS_JOBID=4711.server.*provgraph sync.*PROVGRAPH_URL"):
        pg.Artifact.filter().count()
    assert owners(project / ".provgraph") == []
    current.close()
    pg.settings.in_batch_jobs = "engine"
    assert pg.Artifact.filter().count() == 0
    assert len(owners(project / ".provgraph")) == 1


def test_where_a_file_lies_is_known_without_the_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    """To a worker that was given the record, too."""
    Path("a.txt").write_text("1")
    artifact = pg.Artifact("a.txt", key="a.txt").save()
    pg.stop()
    current.close()
    monkeypatch.setenv("PBS_JOBID", "4711.server")
    assert artifact.path.read_text() == "1"


@pytest.mark.parametrize("name", cluster.JOBS)
def test_a_job_is_known_by_its_scheduler_s_variable(name: str) -> None:
    """That of Slurm, PBS or LSF."""
    assert cluster.batch_job({name: "1"}) == f"{name}=1"


@pytest.mark.parametrize("kind", ["nfs4", "lustre", "gpfs", "cifs"])
def test_a_folder_that_several_hosts_use_is_told_once(
    project: Path, kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """When its instance is made, with what to do about it."""
    mounted = [SimpleNamespace(mountpoint="/", fstype="ext4"), SimpleNamespace(mountpoint=str(project), fstype=kind)]
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: mounted)
    pg.init()
    said = capsys.readouterr().err
    assert f"{project} lies on {kind}" in said
    assert "PROVGRAPH_URL" in said
    pg.init()
    assert kind not in capsys.readouterr().err


def test_a_job_makes_its_project(project: Path) -> None:
    """A job script under `set -e` goes on: the project is written, and one line says what waits for what."""
    for words in (("init", "--name", "foo"), ("init", "--name", "bar"), ("connect", "local")):
        done = process(*words, SLURM_JOB_ID="1")
        assert done.returncode == 0, done.stderr
        warned = [line for line in done.stderr.splitlines() if line.startswith("!")]
        assert len(warned) == 1
        assert "(SLURM_JOB_ID=1) starts no local engine: what is recorded waits in" in warned[0]
        assert "provgraph sync" in warned[0]
    assert config(project)["space"] == "bar"
    assert owners(project / ".provgraph") == []
    started = process("init", SLURM_JOB_ID="1", PROVGRAPH_IN_BATCH_JOBS="engine")
    assert (started.returncode, "waits" in started.stderr) == (0, False)
    assert len(owners(project / ".provgraph")) == 1
    pg.stop()
