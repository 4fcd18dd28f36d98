"""Every question about lineage, on both engines, gives what networkx gives on random graphs.

Here each run reads before it makes, and no file is made twice, so lineage is what can be reached along the arrows. What
the order of events cuts off is compared with the pure core in test_lineage.py, and the core with a walk along every
path in tests/lineage/test_exact.py.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import provgraph as pg
from provgraph.models import UserNode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provgraph.store.store import Store

NUMBERS = itertools.count()
RAW = 2
"""Files that no run made."""
STEPS = ("align", "count", "plot")
USERS = ("testuser1", "testuser2")


@dataclass(frozen=True)
class Step:
    """A run to come: whose code it is, who starts it, which of the files so far it reads, how many it makes."""

    code: str
    user: str
    reads: frozenset[int]
    makes: int


def _no_arrows() -> Any:
    return nx.DiGraph()


@dataclass
class Project:
    """What was saved, and the same as graphs of networkx: arrows go from what was read to what was made."""

    files: list[pg.Artifact] = field(default_factory=list)
    runs: list[pg.Run] = field(default_factory=list)
    code: dict[str, pg.Transform] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    arrows: Any = field(default_factory=_no_arrows)
    by_run: Any = field(default_factory=_no_arrows)
    by_code: Any = field(default_factory=_no_arrows)

    def add(self, prefix: str, step: Step) -> None:
        """Let a run read and make."""
        code = self.code.setdefault(step.code, pg.Transform(name=prefix + step.code).save())
        run = pg.Run(code).save()
        self.runs.append(run)
        self._add_node(run.uid, step.user)
        self.by_run.add_node(run.uid)
        self.by_code.add_node(code.uid)
        for number in sorted(step.reads & set(range(len(self.files)))):
            self._read(self.files[number], run, code)
        for _ in range(step.makes):
            self.save(prefix, step.user, run)
            self.arrows.add_edge(run.uid, self.files[-1].uid)

    def save(self, prefix: str, user: str, run: Any = False) -> None:
        """Save a file with content of its own."""
        name = f"{prefix}{len(self.files)}"
        Path(name).write_text(name)
        self.files.append(pg.Artifact(name, key=name, run=run).save())
        self._add_node(self.files[-1].uid, user)

    def _add_node(self, uid: str, user: str) -> None:
        self.arrows.add_node(uid)
        self.users[uid] = user

    def _read(self, read: pg.Artifact, run: pg.Run, code: pg.Transform) -> None:
        read.cache(is_run_input=run)
        self.arrows.add_edge(read.uid, run.uid)
        for maker in [each for each in self.runs if self.arrows.has_edge(each.uid, read.uid)]:
            self.by_run.add_edge(maker.uid, run.uid)
            if maker.transform is not None and maker.transform.uid != code.uid:
                self.by_code.add_edge(maker.transform.uid, code.uid)

    def above(self, asked: Iterable[str]) -> set[str]:
        """Give the uids that lead to any of these, and these."""
        return set().union(*({uid} | nx.ancestors(self.arrows, uid) for uid in asked))

    def below(self, asked: Iterable[str]) -> set[str]:
        """Give the uids that any of these lead to, and these."""
        return set().union(*({uid} | nx.descendants(self.arrows, uid) for uid in asked))

    def file_uids(self, uids: set[str]) -> set[str]:
        """Keep those of files."""
        return uids & {each.uid for each in self.files}

    def run_uids(self, uids: set[str]) -> set[str]:
        """Keep those of runs."""
        return uids & {each.uid for each in self.runs}

    def code_uids(self, uids: set[str]) -> set[str]:
        """Give those of the transforms of the runs among these."""
        return {each.transform.uid for each in self.runs if each.uid in uids and each.transform is not None}


steps = st.builds(
    Step,
    st.sampled_from(STEPS),
    st.sampled_from(USERS),
    st.frozensets(st.integers(0, 12), max_size=4),
    st.integers(1, 2),
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=st.lists(steps, min_size=1, max_size=6), data=st.data())
def test_every_question_is_answered_as_networkx_does(store: Store, plan: list[Step], data: st.DataObject) -> None:
    """Sources, impact, ways, common ancestors, contributors, makers, filters that walk, closures of runs and code."""
    project = _made(store, plan)
    one, other = (data.draw(st.sampled_from([*project.files, *project.runs])) for _ in range(2))
    _compare_lineages(project, one, other)
    _compare_ways(project, one, other)
    _compare_filters(project, one)
    _compare_closures(project)


def _made(store: Store, plan: list[Step]) -> Project:
    project, prefix, before = Project(), f"q{next(NUMBERS)}-", store.user
    try:
        for _ in range(RAW):
            project.save(prefix, before.handle)
        for step in plan:
            store.user = UserNode(handle=step.user)
            project.add(prefix, step)
    finally:
        store.user = before
    return project


def _compare_lineages(project: Project, one: Any, other: Any) -> None:
    arrows = project.arrows
    both = project.above([one.uid, other.uid])
    up = pg.lineage([one, other], "upstream", siblings=False)
    assert set(up.nodes) == both
    assert {(each.source, each.target) for each in up.edges} == set(arrows.subgraph(both).edges)
    assert set(pg.lineage([one, other], "downstream", siblings=False).nodes) == project.below([one.uid, other.uid])
    whole = pg.lineage([one, other], siblings=False)
    assert set(whole.nodes) == both | project.below([one.uid, other.uid])
    place = {each.uid: number for number, each in enumerate(whole)}
    assert all(place[each.source] < place[each.target] for each in whole.edges)
    roots = {uid for uid in project.file_uids(both) if arrows.in_degree(uid) == 0}
    assert set(pg.sources([one, other]).uids()) == roots
    affected = project.below([one.uid]) - ({one.uid} if isinstance(one, pg.Artifact) else set())
    found = pg.impact(one)
    assert set(found.nodes) == affected
    assert set(found.users.list("handle")) == {project.users[uid] for uid in affected}
    assert set(pg.contributors(one).list("handle")) == {project.users[uid] for uid in project.above([one.uid])}
    shared = (project.above([one.uid]) & project.above([other.uid])) - {one.uid, other.uid}
    assert set(pg.common_ancestors(one, other).nodes) == shared


def _compare_ways(project: Project, one: Any, other: Any) -> None:
    arrows = project.arrows
    source, target = (one, other) if nx.has_path(arrows, one.uid, other.uid) else (other, one)
    found = pg.path_between(one, other)
    if not nx.has_path(arrows, source.uid, target.uid):
        assert found is None
        return
    assert found is not None
    chain = [each.uid for each in found.chain]
    assert (chain[0], chain[-1]) == (source.uid, target.uid)
    assert nx.is_path(arrows, chain)
    assert len(chain) == nx.shortest_path_length(arrows, source.uid, target.uid) + 1
    assert set(found.lineage.nodes) == project.below([source.uid]) & project.above([target.uid])


def _compare_filters(project: Project, one: Any) -> None:
    above, below = project.above([one.uid]) - {one.uid}, project.below([one.uid]) - {one.uid}
    for lookup, wanted in (("upstream_of", above), ("downstream_of", below)):
        assert set(pg.Artifact.filter(**{lookup: one}).uids()) == project.file_uids(wanted)
        assert set(pg.Run.filter(**{lookup: one}).uids()) == project.run_uids(wanted)
        own = project.run_uids({one.uid})
        assert set(pg.Transform.filter(**{lookup: one}).uids()) == project.code_uids(wanted | own)
    for each in project.files:
        assert set(pg.makers(each).uids()) == set(project.arrows.predecessors(each.uid))


def _compare_closures(project: Project) -> None:
    graphs: list[tuple[pg.Run | pg.Transform, Any]] = [(each, project.by_run) for each in project.runs]
    graphs += [(each, project.by_code) for each in project.code.values()]
    for record, graph in graphs:
        assert set(record.predecessors.uids()) == set(graph.predecessors(record.uid))
        assert set(record.successors.uids()) == set(graph.successors(record.uid))
        assert set(record.ancestors.uids()) == set(nx.ancestors(graph, record.uid))
        assert set(record.descendants.uids()) == set(nx.descendants(graph, record.uid))


def test_a_collection_is_asked_as_its_members(store: Store) -> None:
    """What led to any of them, and what any of them led to."""
    project = _made(
        store, [Step("align", "testuser1", frozenset({0}), 2), Step("plot", "testuser2", frozenset({2}), 1)]
    )
    members = [project.files[0], project.files[3]]
    together = pg.Collection(members, name="some").save()
    uids = [each.uid for each in members]
    assert set(together.lineage("upstream", siblings=False).nodes) == project.above(uids)
    assert set(together.lineage("downstream", siblings=False).nodes) == project.below(uids)
    assert set(pg.sources(together).uids()) == {project.files[0].uid}
