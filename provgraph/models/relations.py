"""The relations of each registry: the names by which Python and lookups follow the graph's edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Hop:
    """One edge on the way: its type, whether it is followed along its direction, and the label at its end."""

    edge: str
    along: bool
    label: str


@dataclass(frozen=True)
class Relation:
    """A relation: the way through the graph, whether many records are at its end, and the relation that leads back.

    `kind` is the kind of the artifacts at its end; those of another kind are hidden.
    """

    hops: tuple[Hop, ...]
    many: bool
    back: str
    kind: str = "data"

    @property
    def target(self) -> str:
        """The label at the end."""
        return self.hops[-1].label


def _out(edge: str, label: str) -> Hop:
    return Hop(edge, along=True, label=label)


def _in(edge: str, label: str) -> Hop:
    return Hop(edge, along=False, label=label)


def _one(*hops: Hop, back: str) -> Relation:
    return Relation(hops, many=False, back=back)


def _hidden(edge: str, kind: str, *, many: bool = False) -> Relation:
    return Relation((_in(edge, "Artifact"),), many=many, back=f"{kind}_of", kind=kind)


def _many(*hops: Hop, back: str) -> Relation:
    return Relation(hops, many=True, back=back)


EDGES: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "CREATED_BY": (("Transform", "Run", "Artifact", "Collection"), "User"),
    "INPUT_OF": (("Artifact",), "Run"),
    "OUTPUT_OF": (("Artifact",), "Run"),
    "RUN_OF": (("Run",), "Transform"),
    "PREDECESSOR": (("Run", "Transform"), "the same"),
    "REVISION_OF": (("Transform", "Artifact", "Collection"), "the same"),
    "MEMBER_OF": (("Artifact",), "Collection"),
    "STORED_IN": (("Artifact",), "Storage"),
    "ENVIRONMENT_OF": (("Artifact",), "Run"),
    "REPORT_OF": (("Artifact",), "Run"),
    "SOURCE_OF": (("Artifact",), "Run"),
}
"""Every edge that is written: the labels it leads from, and the one it leads to."""

EDGE_PROPERTIES: Final = {
    "INPUT_OF": ("saw", "step", "at"),
    "OUTPUT_OF": ("seq", "step", "at"),
    "PREDECESSOR": ("by",),
    "MEMBER_OF": ("position",),
}
"""What edges carry; `by` on those between transforms alone."""

RELATIONS: Final[dict[str, dict[str, Relation]]] = {
    "User": {
        "transforms": _many(_in("CREATED_BY", "Transform"), back="created_by"),
        "runs": _many(_in("CREATED_BY", "Run"), back="created_by"),
        "artifacts": _many(_in("CREATED_BY", "Artifact"), back="created_by"),
        "collections": _many(_in("CREATED_BY", "Collection"), back="created_by"),
    },
    "Storage": {
        "artifacts": _many(_in("STORED_IN", "Artifact"), back="storage"),
    },
    "Transform": {
        "created_by": _one(_out("CREATED_BY", "User"), back="transforms"),
        "runs": _many(_in("RUN_OF", "Run"), back="transform"),
        "outputs": _many(_in("RUN_OF", "Run"), _in("OUTPUT_OF", "Artifact"), back="transform"),
        "predecessors": _many(_out("PREDECESSOR", "Transform"), back="successors"),
        "successors": _many(_in("PREDECESSOR", "Transform"), back="predecessors"),
    },
    "Run": {
        "created_by": _one(_out("CREATED_BY", "User"), back="runs"),
        "transform": _one(_out("RUN_OF", "Transform"), back="runs"),
        "inputs": _many(_in("INPUT_OF", "Artifact"), back="input_of"),
        "outputs": _many(_in("OUTPUT_OF", "Artifact"), back="run"),
        "predecessors": _many(_out("PREDECESSOR", "Run"), back="successors"),
        "successors": _many(_in("PREDECESSOR", "Run"), back="predecessors"),
        "environment": _hidden("ENVIRONMENT_OF", "environment"),
        "report": _hidden("REPORT_OF", "report"),
        "source": _hidden("SOURCE_OF", "source", many=True),
    },
    "Artifact": {
        "created_by": _one(_out("CREATED_BY", "User"), back="artifacts"),
        "storage": _one(_out("STORED_IN", "Storage"), back="artifacts"),
        "run": _one(_out("OUTPUT_OF", "Run"), back="outputs"),
        "transform": _one(_out("OUTPUT_OF", "Run"), _out("RUN_OF", "Transform"), back="outputs"),
        "input_of": _many(_out("INPUT_OF", "Run"), back="inputs"),
        "collections": _many(_out("MEMBER_OF", "Collection"), back="artifacts"),
        "environment_of": _many(_out("ENVIRONMENT_OF", "Run"), back="environment"),
        "report_of": _many(_out("REPORT_OF", "Run"), back="report"),
        "source_of": _many(_out("SOURCE_OF", "Run"), back="source"),
    },
    "Collection": {
        "created_by": _one(_out("CREATED_BY", "User"), back="collections"),
        "artifacts": _many(_in("MEMBER_OF", "Artifact"), back="collections"),
    },
}
"""Relations by label and name. An artifact's `run` and `transform` match every run that made it; the attribute gives
the creator, the producer with the lowest `seq`."""
