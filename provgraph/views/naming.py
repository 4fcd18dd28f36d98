"""What records are called beside each other in one lineage: files that share their last part are told apart."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from provgraph.ancestry import ArtifactFacts
from provgraph.views import labels

if TYPE_CHECKING:
    from collections.abc import Collection

    from provgraph.ancestry import Facts, Lineage

Parts = tuple[str, ...]


def names(lineage: Lineage) -> dict[str, str]:
    """Give each node's name; files of one name get as many leading parts of their keys as tell them apart.

    Versions of one file get their version's name, else its number (the end of the uid), one key in several spaces gets
    its space.

    >>> from provgraph.ancestry import ArtifactFacts, Input, Rows, build
    >>> files = [ArtifactFacts.placeholder(uid)._replace(key=key) for uid, key in (("a", "raw/x.csv"), ("b", "x.csv"))]
    >>> names(build(Rows(files), ["a", "b"]))
    {'a': 'raw/x.csv', 'b': 'x.csv'}
    """
    found = {uid: labels.name(facts) for uid, facts in lineage.nodes.items()}
    alike: dict[str, list[ArtifactFacts]] = defaultdict(list)
    for uid, facts in lineage.nodes.items():
        if isinstance(facts, ArtifactFacts) and facts.key:
            alike[found[uid]].append(facts)
    for files in alike.values():
        if len(files) > 1:
            found |= _told_apart(files)
    return found


def marks(lineage: Lineage, uid: str) -> list[str]:
    """Give what a reader should beware of: a node's badges, and "newer input" for a run that read an older version.

    >>> from provgraph.ancestry import ArtifactFacts, Input, Rows, build
    >>> old = ArtifactFacts.placeholder("old")._replace(is_latest=False, deleted=False)
    >>> marks(build(Rows([old], inputs=[Input("old", "run", saw=1, step=1)]), "run"), "run")
    ['deleted', 'newer input']
    """
    facts = lineage.nodes[uid]
    is_old = not isinstance(facts, ArtifactFacts) and any(_is_old(lineage.nodes[each]) for each in older(lineage, uid))
    return [*labels.badges(facts), *(["newer input"] if is_old else [])]


def older(lineage: Lineage, run: str) -> list[str]:
    """Give the uids of the files that a run read and of which there is a newer version now."""
    return [uid for uid in lineage.sources_of(run) if _is_old(lineage.nodes[uid])]


def _is_old(facts: Facts) -> bool:
    return isinstance(facts, ArtifactFacts) and facts.is_latest is False


def _told_apart(files: Collection[ArtifactFacts]) -> dict[str, str]:
    paths = {facts.uid: _path(facts) for facts in files}
    places = set(paths.values())
    count = next(count for count in range(1, max(map(len, places)) + 1) if len(_tails(places, count)) == len(places))
    shared = len(places) < len(files)
    return {facts.uid: _written(facts, paths[facts.uid][-count:], with_version=shared) for facts in files}


def _path(facts: ArtifactFacts) -> Parts:
    return (facts.space or "", *str(facts.key).rstrip("/").split("/"))


def _tails(places: Collection[Parts], count: int) -> set[Parts]:
    return {place[-count:] for place in places}


def _written(facts: ArtifactFacts, parts: Parts, *, with_version: bool) -> str:
    version = f" v{facts.version}" if facts.version else f" ({facts.uid[-4:]})"
    return labels.clean("/".join(part for part in parts if part) + (version if with_version else ""))
