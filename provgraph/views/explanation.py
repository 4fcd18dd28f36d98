"""How something was made, step by step, as Markdown (https://spec.commonmark.org)."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from provgraph.ancestry import ArtifactFacts, RunFacts
from provgraph.views import labels
from provgraph.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from provgraph.ancestry import Lineage

HASH: Final = 12
"""Characters of a hash that are shown."""
LISTED: Final = 20
"""Files of one step that are listed."""
LONGEST: Final = 400
"""Characters of one value that are shown."""


@dataclass(frozen=True)
class Details:
    """What is known of a run besides its place in the lineage; `packages` are versions by name, those its code uses."""

    params: dict[str, Any] | None = None
    argv: list[str] | None = None
    python: str | None = None
    git_commit: str | None = None
    code_hash: str | None = None
    reference: str | None = None
    error: str | None = None
    packages: Mapping[str, str] = field(default_factory=dict)


def markdown(lineage: Lineage, details: Mapping[str, Details]) -> str:
    """Write how the targets of a lineage upstream were made: what it began with, then each run in its order.

    >>> from provgraph.ancestry import Input, Output, Rows, build
    >>> rows = Rows(inputs=[Input("raw", "clean", saw=1, step=1)], outputs=[Output("table", "clean", seq=1, step=2)])
    >>> print(markdown(build(rows, "table", direction="upstream"), {}).splitlines()[0])
    # How `deleted artifact table` was made
    """
    targets = [lineage.nodes[uid] for uid in lineage.order if uid in lineage.targets]
    names = ", ".join(code(labels.name(facts)) for facts in targets)
    lines = [f"# How {names} was made" if len(targets) == 1 else f"# How {names} were made", ""]
    lines += [*_summary(lineage), ""]
    if roots := [lineage.nodes[uid] for uid in lineage.roots]:
        lines += ["## What it began with", "", *_files(roots, created=True), ""]
    for number, uid in enumerate(lineage.run_uids, 1):
        lines += _step(number, lineage, uid, details.get(uid, Details()))
    return "\n".join(lines).rstrip() + "\n"


def code(text: object) -> str:
    """Write a text as a span of code, whatever is in it.

    >>> code("a`b")
    '`` a`b ``'
    """
    cleaned = labels.clean(text)
    if len(cleaned) > LONGEST:
        cleaned = labels.short(cleaned, LONGEST)
    longest = max((len(run) for run in _ticks(cleaned)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {cleaned} {fence}" if longest else f"`{cleaned}`"


def _ticks(text: str) -> list[str]:
    return ["`" * len(part) for part in "".join("`" if each == "`" else " " for each in text).split()]


def _summary(lineage: Lineage) -> Iterator[str]:
    people = sorted({facts.created_by for facts in lineage if facts.created_by})
    roots = counted(len(lineage.roots), "file")
    beginning = f", beginning with {roots} that no run made" if lineage.roots else ""
    by = f"; by {', '.join(map(code, people))}" if people else ""
    yield f"{counted(len(lineage.run_uids), 'run')}{beginning}{by}."
    marked = [facts for facts in lineage if isinstance(facts, RunFacts) and labels.badges(facts)]
    for facts in marked:
        yield ""
        yield f"> Look at {code(labels.name(facts))}: {', '.join(labels.badges(facts))}."


def _step(number: int, lineage: Lineage, uid: str, known: Details) -> Iterator[str]:
    facts = lineage.nodes[uid]
    assert isinstance(facts, RunFacts)  # noqa: S101 - the uid of a run
    kind = " ".join(each for each in (facts.transform_type, facts.transform_version) if each)
    yield f"## {number}. {code(labels.name(facts))}" + (f" ({labels.clean(kind)})" if kind else "")
    yield ""
    yield from _who(facts)
    yield from _how(facts, known)
    for words, uids in (("read", lineage.sources_of(uid)), ("made", lineage.results_of(uid))):
        if uids:
            yield f"- {words}:"
            yield from (f"  {line}" for line in _files([lineage.nodes[each] for each in uids]))
    yield ""


def _who(facts: RunFacts) -> Iterator[str]:
    took = labels.duration(facts.started_us, facts.finished_us)
    when = " ".join(each for each in (labels.time(facts.started_us), f"({took})" if took else "") if each)
    by = f" by {code(facts.created_by)}" if facts.created_by else ""
    yield f"- run {code(facts.uid)}{by}{f' on {when}' if when else ''}: {facts.status or 'not known'}"


def _how(facts: RunFacts, known: Details) -> Iterator[str]:
    hashed = f", hash {code(known.code_hash[:HASH])}" if known.code_hash else ""
    if facts.transform_key or hashed:
        yield f"- code: {code(facts.transform_key or labels.name(facts))}{hashed}"
    if known.reference:
        yield f"- reference: {code(known.reference)}"
    if known.git_commit:
        dirty = " with changes that were not committed" if facts.git_dirty else ""
        yield f"- git commit: {code(known.git_commit[:HASH])}{dirty}"
    if known.params:
        yield f"- parameters: {', '.join(code(f'{name}={_value(value)}') for name, value in known.params.items())}"
    if known.argv and len(known.argv) > 1 and facts.transform_type != "notebook":
        yield f"- command: {code(shlex.join(known.argv))}"
    if known.python or known.packages:
        versions = [f"Python {known.python}"] if known.python else []
        versions += [f"{name} {version}" for name, version in known.packages.items()]
        yield f"- with {', '.join(map(labels.clean, versions))}"
    if known.error:
        yield f"- it failed: {code(known.error.strip().splitlines()[-1])}"


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _files(listed: list[Any], *, created: bool = False) -> Iterator[str]:
    for facts in listed[:LISTED]:
        assert isinstance(facts, ArtifactFacts)  # noqa: S101 - a run reads and makes artifacts
        words: list[str | None] = [code(facts.key or labels.name(facts))]
        words += [code(facts.description) if facts.key and facts.description else None, labels.size(facts.size)]
        words += [f"hash {code(facts.hash[:HASH])}" if facts.hash else None]
        if created:
            words += [f"saved by {code(facts.created_by)}" if facts.created_by else None, labels.time(facts.created_us)]
        yield "- " + " · ".join(each for each in words if each)
    if len(listed) > LISTED:
        yield f"- and {len(listed) - LISTED:,} more"
