"""The groups of a folded lineage as nodes of a picture, and the sentence that says what is folded."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from provgraph.ancestry import ArtifactFacts, RunFacts
from provgraph.views import labels, layout, naming
from provgraph.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provgraph.ancestry import Facts, Lineage
    from provgraph.views.folding import Folding, Group

COLORS: Final = {"background": "#ede9fe", "border": "#6d28d9"}
WORDS: Final = {
    "beside": "made beside",
    "after": "made from it",
    "chain": "steps in a row",
    "earlier": "earlier steps",
    "later": "later steps",
    "between": "steps between",
}
NAMED: Final = 5
"""How many groups, transforms or people are named before the rest is only counted."""


def node(folding: Folding, group: Group) -> dict[str, Any]:
    """Give a group's looks: a violet box with a thick border, its name, whose and when, and what to beware of."""
    lineage = folding.lineage
    lines = [*labels.wrapped(name(lineage, group)), *_bylines(lineage, group)]
    both = {**COLORS, "highlight": COLORS, "hover": COLORS}
    return {
        "id": group.id,
        "label": "\n".join(line for line in lines if line),
        "title": title(lineage, group),
        "name": name(lineage, group),
        "color": both,
        "shape": "box",
        "margin": 9,
        "borderWidth": 3,
        "shapeProperties": {"borderRadius": 14},
    }


def name(lineage: Lineage, group: Group) -> str:
    """Name a group: its transform or kind of file where all are alike, else how it came about; and how many it holds.

    >>> from provgraph.ancestry import Output, Rows, build
    >>> from provgraph.views.folding import Group
    >>> name(build(Rows(outputs=[Output("a", "run", 1, 1)]), "a"), Group("+0", "chain", ("run", "a")))
    'steps in a row ×2'
    """
    first = lineage.nodes[group.uids[0]]
    words = WORDS.get(group.kind) or (labels.name(first) if isinstance(first, RunFacts) else _files(first))
    return f"{labels.short(words, 30)} ×{len(group.uids):,}"


def title(lineage: Lineage, group: Group) -> str:
    """Give a group's hover text: how many of what, by whom, when, and what to beware of."""
    facts = [lineage.nodes[uid] for uid in group.uids]
    known = {
        "holds": contents(facts),
        "transforms": _counted(labels.name(each) for each in facts if isinstance(each, RunFacts)),
        "by": _counted(each.created_by for each in facts if each.created_by),
        "from": labels.time(min((each.at_us for each in facts if each.at_us), default=None)),
        "to": labels.time(max((each.at_us for each in facts), default=None)),
        "size": labels.size(sum(each.size or 0 for each in facts if isinstance(each, ArtifactFacts)) or None),
        "beware": _beware(lineage, group),
    }
    lines = [name(lineage, group), *(f"{word}: {value}" for word, value in known.items() if value)]
    return "\n".join([*lines, "click or press Enter to expand"])


def sentence(folding: Folding) -> str:
    """Say what is folded and how much of all that is; nothing when nothing is.

    >>> from provgraph.ancestry import Output, Rows, build
    >>> from provgraph.views.folding import fold
    >>> lineage = build(Rows(outputs=[Output(f"file{number}", "run", 1, 1) for number in range(100)]), "file0")
    >>> sentence(fold(lineage, 60))
    '1 group holds 99 of 101 records: made beside ×99'
    """
    if not folding.groups:
        return ""
    named = [name(folding.lineage, group) for group in folding.groups[:NAMED]]
    more = len(folding.groups) - NAMED
    listed = ", ".join([*named, *([f"and {counted(more, 'other group')}"] if more > 0 else [])])
    holds = f"{counted(len(folding.groups), 'group')} hold{'s' if len(folding.groups) == 1 else ''}"
    return f"{holds} {len(folding):,} of {len(folding.lineage):,} records: {listed}"


def contents(facts: list[Facts]) -> str:
    """Count runs and files, those that there are."""
    runs = sum(isinstance(each, RunFacts) for each in facts)
    counts = {"run": runs, "file": len(facts) - runs}
    return ", ".join(counted(count, noun) for noun, count in counts.items() if count)


def places(folding: Folding) -> tuple[dict[str, tuple[int, int]], dict[str, dict[str, int]]]:
    """Give where everything stands while all is folded, a group's nodes from its corner, and the groups' sizes."""
    found = layout.positions(folding.seen)
    sizes = {}
    for group in folding.groups:
        within = layout.inside(folding.lineage, group.uids)
        found |= within
        width, height = (max(place[side] for place in within.values()) for side in (0, 1))
        sizes[group.id] = {"width": width, "height": height}
    return found, sizes


def _bylines(lineage: Lineage, group: Group) -> list[str]:
    facts = [lineage.nodes[uid] for uid in group.uids]
    users = sorted({each.created_by for each in facts if each.created_by})
    who = labels.short(users[0], 20) if len(users) == 1 else counted(len(users), "user") if users else ""
    days = sorted({labels.time(each.at_us)[:10] for each in facts} - {""})
    when = days[:1] if len(days) < 2 else [f"{days[0]} to", days[-1]]  # noqa: PLR2004 - a first and a last day
    beside = [WORDS["beside"]] if group.kind != "beside" and lineage.siblings.issuperset(group.uids) else []
    beware = _beware(lineage, group)
    return [*beside, who, *when, f"[{beware}]" if beware else ""]


def _beware(lineage: Lineage, group: Group) -> str:
    found = Counter(mark for uid in group.uids for mark in naming.marks(lineage, uid))
    return ", ".join(f"{count:,} {mark}" for mark, count in found.items())


def _files(first: Facts) -> str:
    suffix = first.suffix if isinstance(first, ArtifactFacts) else None
    return f"{labels.short(suffix, 16)} files" if suffix else "files"


def _counted(values: Iterable[str]) -> str:
    found = Counter(values).most_common()
    named = [
        f"{labels.short(value)} ×{count:,}" if count > 1 else labels.short(value) for value, count in found[:NAMED]
    ]
    more = len(found) - NAMED
    return ", ".join([*named, *([f"{more:,} more"] if more > 0 else [])])
