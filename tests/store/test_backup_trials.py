"""Backups that are made beside writers, or whose process is killed, and restores that are cut off."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import provgraph as pg
from provgraph.errors import (
    ConflictError,
)
from provgraph.store.backups import reading, writing
from tests.support.backups import flow, graph, lose
from tests.support.processes import PATIENCE, surroundings, until
from tests.support.projects import in_another_process
from tests.torture.trials import victim

if TYPE_CHECKING:
    from provgraph.storage import archive
    from provgraph.store.store import Store

pytestmark = pytest.mark.usefixtures("own_engine")


def test_it_is_whole_beside_writers(project: Path) -> None:
    """Of four that are made while three processes write, each has every edge's ends and all that was acknowledged."""
    pg.init(name="lab")
    told = project.parent / "told"
    told.mkdir()
    victims = [victim(told, number, 1_000) for number in range(3)]
    try:
        assert until(lambda: len(list(told.iterdir())) == 3 or any(each.poll() is not None for each in victims))
        until(lambda: pg.Artifact.filter().count() > 20)
        for number in range(4):
            before = set(pg.Artifact.filter().list("uid"))
            pg.backup(f"{number}.zip")
            with zipfile.ZipFile(f"{number}.zip") as held:
                assert before <= {json.loads(each)["uid"] for each in held.read("nodes.jsonl").splitlines()}
    finally:
        for each in victims:
            each.kill()
            each.wait()
            for stream in (each.stdout, each.stderr):
                if stream:
                    stream.close()
    for number in range(4):
        lose()
        pg.restore(f"{number}.zip")
        assert pg.check() == []


def test_who_writes_waits_when_it_must_be(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """When others wrote at each of the first tries, the next ones have the graph for themselves."""
    pg.Transform(name="Make").save()
    tries: list[int] = []
    into = reading.Reader.into

    def meanwhile(reader: reading.Reader, draft: archive.Draft) -> reading.Found:
        tries.append(len(tries))
        if len(tries) <= reading.PATIENT:
            in_another_process("pg.Transform(name='Meanwhile " + str(len(tries)) + "').save()")
        return into(reader, draft)

    monkeypatch.setattr(reading.Reader, "into", meanwhile)
    assert pg.backup("lab.zip").records == 1 + reading.PATIENT
    assert len(tries) == reading.PATIENT + 1


def test_others_who_never_stop_writing_are_a_clear_error(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left under the file's name then."""
    pg.Transform(name="Make").save()
    seals = iter(range(1_000))
    monkeypatch.setattr(reading.Reading, "seal", lambda _: [next(seals), 0])
    with pytest.raises(ConflictError, match="others wrote each of the 6 times"):
        pg.backup("lab.zip")
    assert [each.name for each in Path().iterdir() if "lab" in each.name] == []


BACK_UP = "import provgraph as pg, sys\nprint('begun', flush=True)\npg.backup('lab.zip', files=True)"
RESTORE = "import provgraph as pg, sys\nprint('begun', flush=True)\npg.restore('lab.zip')"


def _killed_after(script: str, seconds: float) -> None:
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=surroundings(),
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait(PATIENCE)
    process.stdout.close()


def test_killed_it_leaves_a_whole_file_or_none(store: Store) -> None:
    """What is under the file's name is whole at any time; what was being written has another name."""
    flow()
    pg.save([pg.Transform(name=f"step {number}") for number in range(300)])
    for number in range(5):
        _killed_after(BACK_UP, 0.25 * number)
        if Path("lab.zip").exists():
            assert writing.manifest_of(Path("lab.zip"))["nodes"]["Transform"] == 303
    assert pg.backup("lab.zip", files=True).records > 300


def test_a_restore_that_is_killed_can_be_repeated(store: Store) -> None:
    """Whenever it is killed, the next one completes it: as if it had not been."""
    flow()
    pg.save([pg.Transform(name=f"step {number}") for number in range(2_000)])
    before = graph(store.space)
    pg.backup("lab.zip", files=True)
    lose()
    for number in range(5):
        _killed_after(RESTORE, 0.4 + 0.35 * number)
    pg.restore("lab.zip")
    assert graph(store.space) == before
    assert (pg.check(), pg.verify().findings) == ([], [])
