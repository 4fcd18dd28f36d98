"""The API against a plain model: whatever is called in whatever order, with crashes between, both hold the same."""

from __future__ import annotations

import itertools
import multiprocessing
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import provgraph as pg
from provgraph.errors import FileChangedError, InvalidValueError, NotFoundError
from provgraph.store import current
from tests.support.backups import lose
from tests.support.clocks import two_days_later
from tests.support.model import Model
from tests.support.processes import owners

if TYPE_CHECKING:
    from tests.support.model import Version

EXAMPLES: Final = int(os.environ.get("PROVGRAPH_TEST_EXAMPLES", "8"))
NUMBERS: Final = itertools.count()
KEYS: Final = st.sampled_from(["a.txt", "b/c.txt"])
CONTENTS: Final = st.integers(0, 2)
NAMES: Final = st.sampled_from(["align", "plot"])
EDGES: Final = "MATCH (a:Artifact {kind: 'data'})-[:%s]->(r:Run) WHERE r.uid IN $runs RETURN r.uid, a.uid"
BEFORE: Final = "MATCH (r:Run)-[:PREDECESSOR]->(p:Run) WHERE r.uid IN $runs RETURN r.uid, p.uid"
FOLLOWED: Final = "MATCH (t:Transform)-[:PREDECESSOR]->(p:Transform) WHERE t.uid IN $transforms RETURN t.uid, p.uid"


def leave() -> None:
    """Let this process be another program's from now on."""
    current.close()
    multiprocessing.current_process().authkey = os.urandom(32)


class Project(RuleBasedStateMachine):
    """One project in the store that a test has opened; its names are its own."""

    def __init__(self) -> None:
        """Begin as a process that has done nothing yet."""
        super().__init__()
        self.model = Model()
        self.name = f"p{next(NUMBERS)}"
        leave()

    def written(self, content: int) -> Path:
        """Write a file of this content."""
        path = Path(f"{self.name}-{content}.txt")
        path.write_text(f"{self.name} says {content}")
        return path

    def number(self, key: str | None) -> str:
        """The end of the uid that a new version of a key would have."""
        return f"{self.model.numbers.get(key or '', 0):04}"

    @initialize()
    def start(self) -> None:
        """Begin within a run, as most people do."""
        self.track("align")

    @rule(name=NAMES)
    def track(self, name: str) -> None:
        """Start a run of a transform, new or known."""
        transform = pg.Transform(name=f"{self.name} {name}", type="function").save()
        self.model.track(pg.track(transform=transform, new_run=True).uid, transform.uid)

    @precondition(lambda self: self.model.run)
    @rule()
    def finish(self) -> None:
        """End the run."""
        pg.finish()
        self.model.finish()

    @rule(key=KEYS, content=CONTENTS)
    def save(self, key: str, content: int) -> None:
        """Save a file under a key: the same, another version, or one that was there before."""
        number = self.number(key)
        saved = pg.Artifact(self.written(content), key=f"{self.name}/{key}").save()
        known = self.model.save(saved.uid, key, f"{self.name} says {content}")
        assert (saved.uid, saved.deleted) == (known.uid, False)
        if self.number(key) != number:
            assert saved.uid.endswith(number)

    @rule(content=CONTENTS)
    def save_without_key(self, content: int) -> None:
        """Save a file by its content alone."""
        saved = pg.Artifact(self.written(content)).save()
        assert saved.uid == self.model.save(saved.uid, None, f"{self.name} says {content}").uid

    @rule(contents=st.dictionaries(KEYS, CONTENTS, min_size=1))
    def save_many(self, contents: dict[str, int]) -> None:
        """Save files in one call."""
        saved = [pg.Artifact(self.written(each), key=f"{self.name}/{key}") for key, each in contents.items()]
        pg.save(saved)
        for (key, each), artifact in zip(contents.items(), saved, strict=True):
            assert artifact.uid == self.model.save(artifact.uid, key, f"{self.name} says {each}").uid

    @precondition(lambda self: self.model.run)
    @rule(content=CONTENTS)
    def use(self, content: int) -> None:
        """Use a raw file that nobody has registered, or that has changed since."""
        path = Path(f"{self.name}-raw.txt")
        path.write_text(f"{self.name} says {content}")
        assert pg.use(path, key=f"{self.name}/raw.txt") == path.resolve()
        there = pg.Artifact.get(key=f"{self.name}/raw.txt")
        known = self.model.use(there.uid, "raw.txt", f"{self.name} says {content}")
        assert there.uid == known.uid

    @precondition(lambda self: self.model.visible())
    @rule(data=st.data())
    def read(self, data: st.DataObject) -> None:
        """Read an artifact, an older version too; of a raw file that was changed since the older ones are gone."""
        version = self.one_of(data)
        artifact = pg.Artifact.get(version.uid)
        if not self.model.has_bytes(version):
            with pytest.raises(FileChangedError, match="no longer what was saved"):
                artifact.cache()
            return
        assert artifact.cache().read_text() == version.content
        self.model.read(version)

    @precondition(lambda self: self.model.visible())
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        """Hide an artifact."""
        version = self.one_of(data)
        pg.Artifact.get(version.uid).delete()
        self.model.delete(version)

    @precondition(lambda self: self.model.visible())
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        """Remove an artifact for good, which is refused while something stands on it."""
        version = self.one_of(data)
        artifact = pg.Artifact.get(version.uid)
        if self.model.is_needed(version):
            with pytest.raises(InvalidValueError, match="cannot be removed"):
                artifact.delete(permanent=True)
        else:
            artifact.delete(permanent=True)
            self.model.remove(version)

    @precondition(lambda self: self.model.left())
    @rule(data=st.data())
    def remove_run(self, data: st.DataObject) -> None:
        """Remove a run for good that is not on, which is refused while something is there that it made."""
        uid = data.draw(st.sampled_from(self.model.left()))
        run = pg.Run.get(uid)
        if self.model.runs[uid].outputs:
            with pytest.raises(InvalidValueError, match="cannot be removed"):
                run.delete(permanent=True)
        else:
            run.delete(permanent=True)
            self.model.remove_run(uid)
            assert not pg.Run.filter(uid=uid, deleted__in=[True, False])

    @rule()
    def collect_garbage(self) -> None:
        """Remove what nothing needs any more; what is needed can still be read."""
        with two_days_later():
            pg.gc()
        for each in filter(self.model.has_bytes, self.model.visible()):
            assert pg.Artifact.get(each.uid).path.read_text() == each.content

    @precondition(lambda self: self.model.visible())
    @rule(data=st.data())
    def collect(self, data: st.DataObject) -> None:
        """Save a collection of some artifacts."""
        visible = [each.uid for each in self.model.visible()]
        members = set(data.draw(st.lists(st.sampled_from(visible), min_size=1, max_size=3)))
        saved = pg.Collection([pg.Artifact.get(uid) for uid in members], name=f"{self.name} some").save()
        assert saved.uid.endswith(f"{self.model.collect('some', members):04}")
        assert set(saved.artifacts.uids()) == {each for each in members if each in visible}

    @precondition(lambda _: current.store().instance.url is None)
    @rule()
    def crash(self) -> None:
        """Kill the local engine; the next call starts it again."""
        for each in owners(current.store().instance.folder):
            each.kill()
            each.wait()

    @rule()
    def begin_anew(self) -> None:
        """Go on as another program, while the one before said nothing at its end: its run is left as it was."""
        leave()
        self.model.run = None

    @rule()
    def lose_all(self) -> None:
        """Lose graph and files after a backup, and go on as another program with what is restored from it."""
        pg.backup("lab.zip", files=True)
        self.begin_anew()
        lose()
        assert pg.restore("lab.zip").is_new
        Path("lab.zip").unlink()

    def one_of(self, data: st.DataObject) -> Version:
        """Choose an artifact that is not hidden."""
        return data.draw(st.sampled_from(self.model.visible()))

    @invariant()
    def artifacts_are_those_of_the_model(self) -> None:
        """Their keys, versions, contents, which is the latest and which are hidden."""
        model, found = self.model, {}
        for each in pg.Artifact.filter(deleted__in=[True, False], uid__in=[each.uid for each in model.saved]):
            is_latest = each.uid in {latest.uid for latest in model.latest.values()} or each.key is None
            assert each.is_latest == is_latest
            found[each.uid] = (each.key, each.deleted)
        assert found == {each.uid: (each.key and f"{self.name}/{each.key}", each.deleted) for each in model.saved}
        for key, latest in model.latest.items():
            if latest.deleted:
                with pytest.raises(NotFoundError):
                    pg.Artifact.get(key=f"{self.name}/{key}")
            else:
                assert pg.Artifact.get(key=f"{self.name}/{key}").uid == latest.uid

    @invariant()
    def runs_are_those_of_the_model(self) -> None:
        """What they are runs of, how they stand, what they read and made, and which runs they follow."""
        runs = self.model.runs
        found = pg.Run.filter(uid__in=list(runs)).df(include=["transform__uid"])
        stand = {row.Index: (row.transform__uid, row.status) for row in found.itertuples()}
        assert stand == {uid: (run.transform, run.status) for uid, run in runs.items()}
        for query, name in ((EDGES % "INPUT_OF", "inputs"), (EDGES % "OUTPUT_OF", "outputs"), (BEFORE, "before")):
            edges: dict[str, set[str]] = {uid: set() for uid in runs}
            for run, other in (row.values() for row in pg.cypher(query, runs=list(runs))):
                edges[run].add(other)
            assert edges == {uid: getattr(run, name) for uid, run in runs.items()}, name

    @invariant()
    def transforms_follow_those_of_the_model(self) -> None:
        """As long as there is a run that says so."""
        found = {tuple(row.values()) for row in pg.cypher(FOLLOWED, transforms=sorted(self.model.transforms))}
        assert found == self.model.followed()

    def teardown(self) -> None:
        """Look at the graph's rules, and at every byte."""
        assert pg.check() == []
        assert pg.verify().is_well


@pytest.mark.usefixtures("own_engine", "store")
def test_the_graph_holds_what_a_plain_model_holds() -> None:
    """After every step of histories that are made up, on both engines."""
    chosen: Any = settings(
        max_examples=EXAMPLES,
        stateful_step_count=12,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Project, settings=chosen)
