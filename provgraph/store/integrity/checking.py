"""`pg.check()`: whether the graph holds what follows from who read and made what, and nothing twice or alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from provgraph import statements
from provgraph.errors import check_flags
from provgraph.store import current

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provgraph.engines.contract import Engine

Pair = tuple[str, str]

REPAIRS: Final = {
    "runs": ("check/add_runs", "check/remove_runs", "check/unite_runs"),
    "transforms": ("check/add_transforms", "check/remove_transforms", "check/unite_transforms"),
}
"""The statements that write the missing edges, remove the unexplained ones, and all but one of several."""
AT_ONCE: Final = 5_000
"""Edges that one transaction mends; larger ones cost both engines much memory."""


@dataclass(frozen=True)
class Finding:
    """What is not as it must be: in words, the uids that it is about, and whether `repair` mends it."""

    what: str
    uids: tuple[str, ...]
    can_be_repaired: bool = False

    def __str__(self) -> str:
        """Say it on one line."""
        return f"{self.what}: {' '.join(self.uids)}"


@dataclass(frozen=True)
class Derived:
    """The PREDECESSOR edges of runs or transforms that are missing, those that nothing explains, and the doubled."""

    plural: str
    missing: list[Pair]
    unexplained: list[Pair]
    doubled: list[Pair]

    def findings(self) -> Iterator[Finding]:
        """Give each as a finding."""
        for pair in self.missing:
            yield Finding(f"a PREDECESSOR of {self.plural} is missing", pair, can_be_repaired=True)
        for pair in self.unexplained:
            yield Finding(f"nothing explains a PREDECESSOR of {self.plural}", pair, can_be_repaired=True)
        for pair in self.doubled:
            yield Finding(f"several PREDECESSOR of two {self.plural}", pair, can_be_repaired=True)

    def repair(self, engine: Engine) -> None:
        """Write what is missing, remove what nothing explains, and leave one of several."""
        for name, pairs in zip(REPAIRS[self.plural], (self.missing, self.unexplained, self.doubled), strict=True):
            statement = statements.load(name)
            for start in range(0, len(pairs), AT_ONCE):
                some = [list(pair) for pair in pairs[start : start + AT_ONCE]]
                engine.write(lambda tx, statement=statement, some=some: tx.run(statement, pairs=some))  # type: ignore[misc]


def check(*, repair: bool = False) -> list[Finding]:
    """Say what in this space's graph is not as it must be; nothing when all is well.

    PREDECESSOR of runs and transforms is derived again from the order in which artifacts were read and made (`seq` and
    `saw`, never clocks) and compared; edges made by hand are left alone, and so is what rests on an edge without these
    numbers, which is a finding of its own. Records without an edge that all of their kind
    have are found, and what is there twice. `repair` mends the derived edges, in transactions of 5,000, and gives what
    is left. Raises `NoInstanceError` when there is no instance.

    >>> saved = pg.Transform(name="align").save()
    >>> pg.check()
    []
    """
    check_flags(repair=repair)
    store = current.existing()
    derived = _derived(store.engine, store.space)
    if repair:
        for each in derived:
            each.repair(store.engine)
        derived = _derived(store.engine, store.space)
    others = [
        Finding(what, tuple(uids))
        for name in ("check/unordered", "check/orphans", "check/duplicates")
        for what, uids in store.engine.read(statements.load(name), space=store.space)
        if uids
    ]
    return [*(finding for each in derived for finding in each.findings()), *others]


def _derived(engine: Engine, space: str) -> list[Derived]:
    wanted = _pairs(engine, "derived", space)
    runs = {(run, before): known for run, before, _, _, known in sorted(wanted, key=_known)}
    transforms = {(one, before): known for _, _, one, before, known in sorted(wanted, key=_known) if one != before}
    return [
        _compared("runs", runs, [(run, before) for run, before in _pairs(engine, "runs", space)]),
        _compared("transforms", transforms, [(one, before) for one, before in _pairs(engine, "transforms", space)]),
    ]


def _known(pair: list[Any]) -> bool:
    """Say whether the order of a pair is known; the same pair for which it is comes after it, and decides."""
    return bool(pair[-1])


def _pairs(engine: Engine, name: str, space: str) -> list[list[Any]]:
    rows = engine.read(statements.load(f"check/{name}"), space=space)
    found: list[list[Any]] = rows[0][0] if rows else []
    return found


def _compared(plural: str, derived: dict[Pair, bool], present: list[Pair]) -> Derived:
    """Compare the pairs that follow, each with whether it is known to, with those that are there."""
    wanted = {pair for pair, known in derived.items() if known}
    counted = Counter(present)
    return Derived(
        plural,
        missing=sorted(wanted - counted.keys()),
        unexplained=sorted(counted.keys() - derived.keys()),
        doubled=sorted(pair for pair, count in counted.items() if count > 1 and pair in derived),
    )
