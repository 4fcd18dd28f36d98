"""Collections: named sets of artifacts in their versions."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from pydantic import PrivateAttr

from provgraph import loaders
from provgraph.errors import InvalidValueError, NotSavedError, shown
from provgraph.lookups import position
from provgraph.models import CollectionNode
from provgraph.registries.artifact import Artifact
from provgraph.registries.fetching import Key
from provgraph.registries.queryset import CREATION, QuerySet
from provgraph.registries.record import Record
from provgraph.storage.keys import check_named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from provgraph.registries.run import Run
    from provgraph.registries.user import User


@dataclass(frozen=True, repr=False)
class Members(QuerySet[Artifact]):
    """The members of one collection, in the order in which they were given unless ordered otherwise."""

    collection: str = ""
    """The collection's uid."""

    def _keys(self) -> list[Key]:
        """Put the place in the collection first; members of an older provgraph have none, and come last."""
        places = [Key(position(self.collection), self.backwards, self.backwards)] if self.order == CREATION else []
        return [*places, *super()._keys()]


class Collection(CollectionNode, Record):
    """A named set of artifacts, in the order in which they were given.

    The same members are the same collection: given in another order, it keeps the one that it has.

    >>> size = Path("a.txt").write_text("1")
    >>> raw = pg.Collection([pg.Artifact("a.txt", key="a.txt").save()], name="raw").save()
    >>> raw.artifacts.list("key")
    ['a.txt']
    """

    _artifacts: list[Any] = PrivateAttr(default_factory=list)
    _held: frozenset[str] = PrivateAttr(default=frozenset())
    """The uids of the members that the version before holds, hidden ones too."""

    def __init__(
        self,
        artifacts: Artifact | Iterable[Artifact],
        name: str | None = None,
        *,
        key: str | None = None,
        description: str | None = None,
    ) -> None:
        """Name a set of saved artifacts.

        Raises `InvalidValueError` for one without key and name and for what is no artifact, and `InvalidKeyError` for a
        key that is empty, absolute or leads upwards.
        """
        _check_named(name, key)
        super().__init__(name=name, key=key, description=description)
        self._artifacts = _listed(artifacts)

    def append(self, artifacts: Artifact | Iterable[Artifact]) -> Self:
        """Give the collection with more artifacts: saved, it is the next version. Nothing is written before `save()`.

        What it holds stays in it, hidden or not.

        >>> files = []
        >>> for name in ("a.txt", "b.txt"):
        ...     size = Path(name).write_text(name)
        ...     files.append(pg.Artifact(name, key=name).save())
        >>> raw = pg.Collection(files[0], name="raw").save()
        >>> raw.append(files[1]).save().artifacts.count(), raw.artifacts.count()
        (2, 1)
        """
        more = _listed(artifacts)
        held = self._members.list() if self.is_saved else self._artifacts
        grown = type(self)([*held, *more], self.name, key=self.key, description=self.description)
        grown._held = frozenset(each.uid for each in held) if self.is_saved else self._held
        return grown

    def cache(self, is_run_input: Run | bool | None = None) -> list[Path]:
        """Give the members' paths on this host, and record that the run which is on reads them; see `Artifact.cache`.

        Members that were hidden since are among them.

        >>> size = Path("a.txt").write_text("1")
        >>> raw = pg.Collection(pg.Artifact("a.txt", key="a.txt").save(), name="raw").save()
        >>> [path.read_text() for path in raw.cache()]
        ['1']
        """
        return [each.cache(is_run_input) for each in self._members]

    def load(self, is_run_input: Run | bool | None = None, **options: Any) -> Any:
        """Read the members, joined in their order: DataFrames below each other, AnnData along the observations.

        Members that were hidden since are among them. `options` go to `pandas.concat` or `anndata.concat`.

        Raises `InvalidValueError` when the members are neither all DataFrames nor all AnnData, and what `Artifact.load`
        raises.

        >>> import pandas as pd
        >>> parts = [pg.Artifact.from_df(pd.DataFrame({"n": [n]}), key=f"{n}.parquet").save() for n in (1, 2)]
        >>> pg.Collection(parts, name="parts").save().load(ignore_index=True)["n"].tolist()
        [1, 2]
        """
        return loaders.joined([each.load(is_run_input) for each in self._members], **options)

    def must_be_savable(self) -> None:
        """Raise for a set without members, with one that is not saved, or with a deleted one that is new to it.

        And what the constructor raises, for a name or a key that was set since.
        """
        if self.is_saved:
            return
        _check_named(self.name, self.key)
        if not self._artifacts:
            raise InvalidValueError(f"the collection '{self.title()}' has no artifacts", "Give at least one.")
        if new := next((each for each in self._artifacts if not each.is_saved), None):
            raise NotSavedError(
                f"'{new.title()}' is not saved", "Save the artifacts of a collection first: pg.save([...])."
            )
        if hidden := next((each for each in self._artifacts if each.deleted and each.uid not in self._held), None):
            raise InvalidValueError(
                f"Artifact '{hidden.title()}' is deleted, so no collection can hold it",
                "Save it again to bring it back.",
            )

    @property
    def artifacts(self) -> QuerySet[Artifact]:
        """Its members in their order, but for those that are hidden."""
        return self._many_as(self._kind, "artifacts")

    @property
    def _members(self) -> QuerySet[Artifact]:
        """All its members."""
        return self._many_as(self._kind, "artifacts", hidden=True)

    @property
    def _kind(self) -> Callable[..., Members]:
        return functools.partial(Members, collection=self.uid)

    @property
    def created_by(self) -> User | None:
        """Who created it."""
        return self._one("created_by")  # type: ignore[no-any-return]


def _listed(artifacts: Any) -> list[Any]:
    """Give one artifact or several as a list; `InvalidValueError` for what is none."""
    if isinstance(artifacts, str | bytes) or not (hasattr(artifacts, "uid") or hasattr(artifacts, "__iter__")):
        raise InvalidValueError(f"{shown(artifacts)} are no artifacts", "Give a list of saved artifacts.")
    listed = [artifacts] if hasattr(artifacts, "uid") else list(artifacts)
    for each in listed:
        if getattr(each, "label", None) != "Artifact":
            raise InvalidValueError(f"{shown(each)} is no artifact", "Give saved artifacts: pg.Artifact.filter(...).")
    return listed


def _check_named(name: str | None, key: str | None) -> None:
    check_named("collection", name, key, 'pg.Collection(files, name="raw")')
