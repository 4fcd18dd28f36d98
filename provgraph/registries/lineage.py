"""The lineage of records: the core's value, with its runs, artifacts, transforms and users as query sets."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Self

from provgraph import ancestry as core
from provgraph.registries.queryset import QuerySet
from provgraph.views.folding import CAP
from provgraph.views.forms import Forms

if TYPE_CHECKING:
    import os
    from pathlib import Path

    import py2neo

    from provgraph.registries.artifact import Artifact
    from provgraph.registries.run import Run
    from provgraph.registries.transform import Transform
    from provgraph.registries.user import User
    from provgraph.views.picture import Picture

ANYTHING: Final = frozenset({"space", "deleted"})
"""What is lifted: lineage crosses spaces, and what was deleted leaves no hole."""


@dataclass(frozen=True)
class Lineage(Forms, core.Lineage):
    """What records were made from and what was made from them: a value that no later change of the graph touches.

    It holds nodes and edges, can be iterated in topological order, joined (`|`) and parted (`-`), shows itself as a
    picture, and can be written as Mermaid, DOT, SVG and JSON. Its query sets ask the graph.

    >>> size = Path("a.txt").write_text("1")
    >>> lineage = pg.Artifact("a.txt", key="a.txt").save().lineage()
    >>> '"key": "a.txt"' in lineage.to_json(), "a.txt" in lineage.to_svg()
    (True, True)
    >>> lineage.to_mermaid().splitlines()[0], lineage.to_dot().splitlines()[0]
    ('flowchart LR', 'digraph lineage {')
    """

    @classmethod
    def of(cls, found: core.Lineage) -> Self:
        """Give a lineage of the core its query sets."""
        return cls(**{each.name: getattr(found, each.name) for each in fields(found)})

    @property
    def runs(self) -> QuerySet[Run]:
        """The runs."""
        return _query("Run", self.run_uids)

    @property
    def artifacts(self) -> QuerySet[Artifact]:
        """The artifacts, siblings among them."""
        return _query("Artifact", self.artifact_uids)

    @property
    def transforms(self) -> QuerySet[Transform]:
        """The transforms of the runs."""
        return _query("Transform", self.transform_uids)

    @property
    def users(self) -> QuerySet[User]:
        """Those who made any of it: whom to tell."""
        from provgraph.registries.user import User

        handles = {facts.created_by for facts in self if facts.created_by}
        return QuerySet(User).filter(handle__in=sorted(handles))

    def view_lineage(self, title: str | None = None, cap: int | None = CAP) -> Picture:
        """Give it as a picture: inline in a notebook, a tree in a terminal, `.show()` in a browser.

        `title` is the page's, which else names what was asked for. Of more than `cap` nodes it shows some folded as one
        until a person expands them; None folds nothing. Raises `InvalidValueError` for another cap.

        >>> size = Path("a.txt").write_text("1")
        >>> lineage = pg.Artifact("a.txt", key="a.txt").save().lineage()
        >>> "<h1" in lineage.view_lineage("Figure 1").html, lineage.save("lineage.html").name
        (True, 'lineage.html')
        """
        from provgraph.views.picture import Picture

        return Picture(self, title, cap)

    view = view_lineage
    """The same, by a shorter name."""

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it to a file, in the form that the file's suffix names, and give its path; see `Picture.save`."""
        return self.view_lineage().save(path)

    def show(self, path: str | os.PathLike[str] | None = None) -> Path:
        """Write the page, say where it is, open it in a browser where there is one; see `Picture.show`."""
        return self.view_lineage().show(path)

    def to_py2neo(self) -> py2neo.Subgraph:
        """Give it as a Subgraph of py2neo; raises `SetupError` when that is not installed.

        >>> size = Path("a.txt").write_text("1")
        >>> run = pg.Run(pg.Transform(name="step").save()).save()
        >>> lineage = pg.Artifact("a.txt", key="a.txt", run=run).save().lineage()
        >>> [type(edge).__name__ for edge in lineage.to_py2neo().relationships]
        ['OUTPUT_OF']
        """
        from provgraph.views.py2neo_graph import subgraph

        return subgraph(self)

    def _drawn(self) -> tuple[core.Lineage, str | None]:
        return self, None

    def _repr_html_(self) -> str:
        return self.view()._repr_html_()

    def __repr__(self) -> str:
        """Give the tree."""
        return repr(self.view())


@dataclass(frozen=True, repr=False)
class Impact(Lineage):
    """Everything that was made from records: what is affected when one of them was wrong."""

    affected: frozenset[str] = frozenset()
    """The uids of all runs that are affected, those that were asked for among them."""

    @property
    def reproduced(self) -> QuerySet[Artifact]:
        """The artifacts whose content a run that is not affected made as well, under whatever key."""
        from provgraph.registries.artifact import Artifact
        from provgraph.registries.run import Run

        hashes = sorted({facts.hash for facts in self if isinstance(facts, core.ArtifactFacts) and facts.hash})
        makers = set(QuerySet(Run, lifted=ANYTHING).filter(outputs__hash__in=hashes).uids()) - self.affected
        again = QuerySet(Artifact, lifted=ANYTHING).filter(hash__in=hashes, run__uid__in=sorted(makers))
        return self.artifacts.filter(hash__in=sorted(set(again.list("hash"))))


def _query(label: str, uids: list[str]) -> QuerySet[Any]:
    from provgraph import registries

    return QuerySet(getattr(registries, label), lifted=ANYTHING).filter(uid__in=uids)
