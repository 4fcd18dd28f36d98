"""Short forms of the trials: a few kills each, on both engines where the engine is not what is killed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import provgraph as pg
from tests.torture import trials
from tests.torture.migrations import migration_killed
from tests.torture.network import network_fails
from tests.torture.power import power_lost
from tests.torture.trials import Outcome, look
from tests.torture.writers import engine_started, many_saves, many_writers

if TYPE_CHECKING:
    from tests.conftest import Setup


@pytest.fixture(autouse=True)
def as_ada(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROVGRAPH_USER", "ada")


@pytest.mark.usefixtures("store")
def test_a_killed_client_loses_nothing_and_leaves_nothing_by_half() -> None:
    """Whatever it was told is done is there; what it was doing is there as a whole or not at all."""
    outcome = trials.client_killed(4, seed=11)
    assert outcome.is_well, (outcome.lost, outcome.half, outcome.errors)
    assert outcome.acknowledged > 0


@pytest.mark.usefixtures("store")
def test_a_client_that_ctrl_c_interrupts_can_go_on() -> None:
    """Wherever it was; each call is done as a whole or not at all, and no answer is another call's."""
    outcome = trials.client_interrupted(1, seed=21)
    assert outcome.is_well, (outcome.lost, outcome.half, outcome.errors)
    assert outcome.acknowledged > trials.CELLS
    assert any("interrupted" in each for each in trials.told_in(next(Path("told").iterdir())))


def test_a_killed_engine_loses_nothing_and_its_writers_go_on(project: Path) -> None:
    """Four writers see no error while it comes back."""
    pg.init(project)
    outcome = trials.engine_killed(1, seed=12)
    assert outcome.is_well, (outcome.lost, outcome.half, outcome.errors)
    assert outcome.acknowledged > 4 * 12 * 5


def test_engine_and_client_killed_at_once_lose_nothing(project: Path) -> None:
    """What was acknowledged had reached the disk."""
    pg.init(project)
    outcome = trials.both_killed(2, seed=13)
    assert outcome.is_well, (outcome.lost, outcome.half, outcome.errors)


@pytest.mark.usefixtures("store")
def test_killed_jobs_and_who_brings_them_in_lose_nothing() -> None:
    """What a job was told is done is in the graph once, however often bringing it in was cut off."""
    outcome = trials.jobs_killed(1, seed=16)
    assert outcome.is_well, (outcome.lost, outcome.half, outcome.errors)
    assert outcome.acknowledged > 0
    assert len(pg.Run.filter().uids()) == len(set(pg.Run.filter().uids()))


def test_a_loss_of_power_loses_nothing(project: Path) -> None:
    """What was acknowledged had reached the disk: copies, the configuration, and the engine's log."""
    assert project.is_dir()
    outcome = power_lost(1, seed=15)
    assert outcome.is_well, (outcome.lost, outcome.half, outcome.errors)
    assert outcome.acknowledged > 0


@pytest.mark.usefixtures("store")
def test_many_writers_lose_nothing_and_see_no_error() -> None:
    """They start at once, with the same transforms and the same content."""
    outcome = many_writers(4, 3, seed=14)
    assert outcome.is_well, (outcome.lost, outcome.half, outcome.errors)
    assert pg.Transform.filter(name__startswith="job").count() <= 3
    assert pg.Run.filter(status="completed").count() == 12


@pytest.mark.usefixtures("store")
def test_all_of_many_saves_are_there() -> None:
    """Each process saves file after file; their first call makes the same transform."""
    outcome = many_saves(4, 10, seed=17)
    assert outcome.is_well, (outcome.lost, outcome.half, outcome.errors)
    assert (pg.Transform.filter().count(), pg.Run.filter(status="completed").count()) == (1, 4)


def test_four_processes_start_one_engine(project: Path) -> None:
    """In the same instant, and all four work."""
    pg.init(project)
    outcome = engine_started(2, seed=18)
    assert outcome.is_well, (outcome.lost, outcome.half, outcome.errors)


def test_a_killed_migration_is_done_once(setup: Setup) -> None:
    """By whoever opens the store next, also where the local engine was killed with it."""
    outcome = migration_killed(2 if setup.name == "local" else 1, seed=19, records=2_000)
    assert outcome.is_well, (outcome.lost, outcome.half, outcome.errors)


@pytest.mark.parametrize("setup", ["neo4j"], indirect=True)
@pytest.mark.usefixtures("store")
def test_a_bad_network_loses_nothing() -> None:
    """Late answers, lost commits and answers, connections that are cut: all is in the graph once at the end."""
    outcome = network_fails(1, seed=20)
    assert outcome.is_well, (outcome.lost, outcome.half, outcome.errors)
    assert outcome.acknowledged > 0
    assert len(pg.Run.filter().uids()) == len(set(pg.Run.filter().uids()))


@pytest.mark.usefixtures("store")
def test_the_trials_can_fail() -> None:
    """What is missing, half there, or changed is seen."""
    Path("a.txt").write_text("1")
    artifact = pg.Artifact("a.txt", key="a.txt", run=False, copy=False).save()
    there = {"saved": artifact.key, "hash": artifact.hash, "run": "none"}
    told: list[dict[str, Any]] = [
        there,
        {"run": "gone"},
        {"finished": "gone"},
        {"read": artifact.key, "hash": artifact.hash, "run": "gone"},
        {"whole": ["a", "b"]},
        {"batch": ["a.txt", "b.txt"]},
    ]
    Path("a.txt").write_text("2")
    outcome = Outcome("a made-up fault")
    look(told, outcome)
    assert len(outcome.lost) == 5
    assert [each.split()[0] for each in outcome.half] == ["1", "changed:"]
