"""Histories of reads and saves, numbered as the graph numbers them."""

from __future__ import annotations

from collections import Counter

import pytest

from provgraph.ancestry import Input, Output, Rows


class History:
    """What runs read and saved, in the order in which it happened."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.inputs: dict[tuple[str, str], Input] = {}
        self.outputs: dict[tuple[str, str], Output] = {}
        self._artifact_events: Counter[str] = Counter()
        self._steps: Counter[str] = Counter()

    def read(self, run: str, *artifacts: str) -> History:
        """Let a run read artifacts, one after the other."""
        for artifact in artifacts:
            if not self._knows(artifact, run):
                self.inputs[artifact, run] = Input(artifact, run, *self._count(artifact, run))
        return self

    def save(self, run: str, *artifacts: str) -> History:
        """Let a run save artifacts, one after the other."""
        for artifact in artifacts:
            if not self._knows(artifact, run):
                self.outputs[artifact, run] = Output(artifact, run, *self._count(artifact, run))
        return self

    @property
    def rows(self) -> Rows:
        """Give all edges."""
        return Rows(inputs=list(self.inputs.values()), outputs=list(self.outputs.values()))

    def _knows(self, artifact: str, run: str) -> bool:
        return (artifact, run) in self.inputs or (artifact, run) in self.outputs

    def _count(self, artifact: str, run: str) -> tuple[int, int]:
        self._artifact_events[artifact] += 1
        self._steps[run] += 1
        return self._artifact_events[artifact], self._steps[run]


@pytest.fixture
def history() -> History:
    """Give an empty history."""
    return History()
