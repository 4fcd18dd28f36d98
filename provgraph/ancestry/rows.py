"""What the graph gives: facts of artifacts and runs, and the edges between them with their order."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NOTHING: Final[Mapping[str, int]] = MappingProxyType({})


class ArtifactFacts(NamedTuple):
    """An artifact as lineage shows it: `size` in bytes, times in microseconds since 1970 (UTC)."""

    uid: str
    key: str | None
    description: str | None
    suffix: str | None
    size: int | None
    hash: str | None
    version: str | None
    is_latest: bool | None
    created_us: int | None
    created_by: str | None
    space: str | None
    deleted: bool | None
    kind: str | None

    @property
    def at_us(self) -> int:
        """When it was made, 0 when nobody knows."""
        return self.created_us or 0

    @classmethod
    def placeholder(cls, uid: str) -> ArtifactFacts:
        """Stand for an artifact of which the graph has nothing left but its edges.

        >>> ArtifactFacts.placeholder("Ci4XwC2Vd3KQ0000").deleted
        True
        """
        return cls(uid, None, None, None, None, None, None, None, None, None, None, deleted=True, kind="data")


class RunFacts(NamedTuple):
    """A run as lineage shows it, with its transform; times in microseconds since 1970 (UTC)."""

    uid: str
    name: str | None
    status: str | None
    started_us: int | None
    finished_us: int | None
    created_by: str | None
    transform_uid: str | None
    transform_key: str | None
    transform_name: str | None
    transform_type: str | None
    transform_version: str | None
    space: str | None
    git_dirty: bool | None
    params: str | None = None
    """Its parameters as JSON."""
    error: str | None = None
    """What it failed with: the text of the traceback."""
    git_commit: str | None = None
    deleted: bool | None = None
    """Whether it is hidden, or the graph has nothing left of it but its edges."""

    @property
    def at_us(self) -> int:
        """When it started, 0 when nobody knows."""
        return self.started_us or 0

    @classmethod
    def placeholder(cls, uid: str) -> RunFacts:
        """Stand for a run of which the graph has nothing left but its edges.

        >>> RunFacts.placeholder("X1GYNq9tC3hvEnLsT0p2").deleted
        True
        """
        return cls(uid, None, None, None, None, None, None, None, None, None, None, None, None, deleted=True)


Facts = ArtifactFacts | RunFacts


class Output(NamedTuple):
    """The run made the artifact: `seq` orders the artifact's events, `step` the run's."""

    artifact: str
    run: str
    seq: int
    step: int


class Input(NamedTuple):
    """The run read the artifact: it saw all producers with a lower `seq` than `saw`; `step` orders the run's events."""

    artifact: str
    run: str
    saw: int
    step: int


class Rows(NamedTuple):
    """Everything the runs of a closure read and made; more than the exact lineage needs."""

    artifacts: Sequence[ArtifactFacts] = ()
    runs: Sequence[RunFacts] = ()
    outputs: Sequence[Output] = ()
    inputs: Sequence[Input] = ()
    firsts: Mapping[str, int] = NOTHING
    """The `seq` of the first output in the graph, of artifacts of which it may not be among these."""

    def only_data(self) -> Rows:
        """Leave out hidden artifacts (environments, reports, source code) and the edges at them."""
        hidden = {each.uid for each in self.artifacts if each.kind not in {None, "data"}}
        if not hidden:
            return self
        return Rows(
            [each for each in self.artifacts if each.uid not in hidden],
            self.runs,
            [each for each in self.outputs if each.artifact not in hidden],
            [each for each in self.inputs if each.artifact not in hidden],
            self.firsts,
        )
