"""`explain()`: how a record was made, with the code, parameters and packages of each run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provgraph.errors import InvalidValueError, ProvgraphError
from provgraph.probes.environment import normal_name
from provgraph.probes.imports import imported_names, imported_packages
from provgraph.registries.artifact import Artifact
from provgraph.registries.lineage import ANYTHING
from provgraph.registries.queryset import QuerySet
from provgraph.registries.questions import lineage
from provgraph.views.explanation import Details, markdown

if TYPE_CHECKING:
    from provgraph.registries.lineage import Lineage


class Explanation(str):
    """Markdown that a notebook shows as such."""

    __slots__ = ()

    def _repr_markdown_(self) -> str:
        return str(self)


def explain(records: Any) -> Explanation:
    """Write how records were made, step by step, as Markdown.

    It names for each run its code with hash and git commit, parameters, command, versions of the packages that its code
    imports, user, time, and the files it read and made with their hashes; before them the files that no run made.
    Takes records, uids, keys or files on disk, and raises what `pg.lineage` raises, and `InvalidValueError` for nothing
    and for code that never ran. What is not on this host is left out.

    >>> size = Path("a.txt").write_text("1")
    >>> run = pg.Run(pg.Transform(name="Count", type="script").save(), params={"cells": 3}).save()
    >>> artifact = pg.Artifact("a.txt", key="counts/a.txt", run=run).save()
    >>> print(pg.explain("counts/a.txt").splitlines()[0])
    # How `a.txt` was made
    >>> "- parameters: `cells=3`" in pg.explain(artifact)
    True
    """
    found = lineage(records, "upstream", siblings=False)
    if not found.nodes:
        raise InvalidValueError(
            "there is nothing to explain: no record, or code that never ran", "Name a file or a run."
        )
    return Explanation(markdown(found, _details(found)))


def _details(found: Lineage) -> dict[str, Details]:
    transforms = {each.uid: each for each in found.transforms}
    environments, sources = _texts(found.run_uids, "environment"), _texts(found.run_uids, "source")
    details: dict[str, Details] = {}
    for run in found.runs:
        facts = found.nodes[run.uid]
        transform = transforms.get(getattr(facts, "transform_uid", None) or "")
        details[run.uid] = Details(
            params=run.params,
            argv=run.argv,
            python=run.python,
            git_commit=run.git_commit,
            code_hash=transform.hash if transform else None,
            reference=transform.reference if transform else None,
            error=run.error,
            packages=_packages(environments.get(run.uid, []), sources.get(run.uid, [])),
        )
    return details


def _texts(runs: list[str], kind: str) -> dict[str, list[str]]:
    """Give the texts of hidden artifacts by the uids of the runs that they belong to."""
    relation = f"{kind}_of"
    hidden = QuerySet(Artifact, lifted=ANYTHING | {"kind"}).filter(kind=kind, **{f"{relation}__in": runs})
    found: dict[str, list[str]] = {}
    for artifact, owners in zip(hidden.list(), hidden.list(f"{relation}__uid"), strict=True):
        try:
            text = artifact.path.read_text(encoding="utf-8")
        except (ProvgraphError, OSError, UnicodeDecodeError):
            continue
        for run in owners:
            found.setdefault(run, []).append(text)
    return found


def _packages(environments: list[str], sources: list[str]) -> dict[str, str]:
    """Give the versions, as the run had them, of the packages that its code imports."""
    installed = dict(
        line.split("==", 1) for text in environments for line in text.splitlines() if "==" in line and line[0] != "#"
    )
    wanted = set(imported_packages(sources)) | {
        normal_name(name.partition(".")[0]) for text in sources for name in imported_names(text)
    }
    return {name: version.split()[0] for name, version in sorted(installed.items()) if name in wanted}
