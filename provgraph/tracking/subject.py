"""What is tracked: the script, the notebook, or the transform that was named."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from provgraph.errors import InvalidValueError, NoInstanceError, NotFoundError, UsageError, near, shown
from provgraph.probes import code, notebook
from provgraph.registries import Transform
from provgraph.storage.hashing import file_status
from provgraph.storage.keys import given_path
from provgraph.storage.seeing import is_there
from provgraph.store import current
from provgraph.store.ledger.spooling import UNREACHABLE
from provgraph.store.messages import warn

if TYPE_CHECKING:
    from pathlib import Path

    from provgraph.models import TransformType


@dataclass
class Kept:
    """What is kept with a run of the project's modules that it imported."""

    looked_at: int = 0
    """How many modules this process had imported when they were looked at last."""
    modules: set[tuple[str, str]] = field(default_factory=set)
    """By path and hash of the content."""


@dataclass(frozen=True)
class Subject:
    """The code that runs: its file with its text, or the registered transform that stands for it."""

    transform: Transform
    path: Path | None = None
    text: str | None = None
    renamed: str | None = None
    """The uid of the transform whose file this was, under another name."""
    is_as_started: bool = True
    """Whether the program that runs may be made of this text: not so of a file that was changed meanwhile."""
    kept: Kept = field(default_factory=Kept, compare=False)

    @property
    def is_notebook(self) -> bool:
        """Whether it is a notebook in a kernel."""
        return self.path is not None and self.path.suffix == ".ipynb"

    def is_same(self, other: Transform | None) -> bool:
        """Whether this is the code of a transform that is being tracked already, in the version that is asked for.

        A notebook changes while it runs, and a file that was changed under its program is not what runs.
        """
        mine = self.transform
        if other is None or mine.is_saved:
            return other is not None and mine.uid == other.uid
        if mine.version not in {None, other.version}:
            return False
        if not self.is_notebook and self.is_as_started and mine.hash not in {None, other.hash}:
            return False
        return mine.key == other.key if mine.key or other.key else mine.name == other.name


def find(  # noqa: PLR0913, PLR0917 - what track() was given
    uid: str | None,
    transform: Transform | None,
    pipeline: str | None,
    version: str | None,
    path: str | Path | None,
    root: Path,
) -> Subject:
    """Find what `track()` was asked to track.

    A transform that is not saved yet is saved with its run; one that is named by its uid follows its file to another
    name. Raises `UsageError` when nothing says which code runs,
    `NotFoundError` for an unknown uid or pipeline, `InvalidValueError` for the uid of another file's code. While the
    graph cannot be reached, a pipeline goes by its name.
    """
    _check(uid, transform, pipeline, version)
    if transform is not None:
        return Subject(transform)
    if pipeline is not None:
        return Subject(_registered(pipeline, version))
    running = _running(path, root, version)
    return running if uid is None else _of_uid(uid, running, root)


def _of_uid(uid: str, running: Subject, root: Path) -> Subject:
    """Let the transform with a uid stand for the code that runs, which is its file under this or another name."""
    try:
        named = Transform.get(uid)
        known = named if named.is_latest else named.versions.filter(is_latest=True).one_or_none() or named
    except UNREACHABLE:
        warn(f"Transform '{uid}' cannot be looked up: the code goes by its own key, {running.transform.key}")
        return running
    if known.space != current.existing().space:
        warn(f"Transform '{known.uid[:8]}' is another project's: the code goes by its own key, {running.transform.key}")
        return running
    if known.key in {None, running.transform.key}:
        return replace(running, transform=_versioned(known, running.transform))
    if is_there(code.path_of_key(known.key or "", root), unseen=True):
        raise InvalidValueError(
            f"Transform '{known.uid[:8]}' is {known.key}, and what runs here is {running.transform.key}",
            "Call pg.track() without a uid: code that has a file of its own is a transform of its own.",
        )
    return replace(running, renamed=known.uid)


def unrecorded(  # noqa: PLR0913, PLR0917 - what track() was given
    uid: str | None,
    transform: Transform | None,
    pipeline: str | None,
    version: str | None,
    path: str | Path | None,
    root: Path,
) -> Transform:
    """Give what would be tracked, without asking the graph: a pipeline goes by its name, and code by its own key.

    Code that cannot be told, and whose path was not given, goes by the name "off": nothing is to be recorded of it.
    """
    _check(uid, transform, pipeline, version)
    if transform is not None:
        return transform
    if pipeline is not None:
        return Transform(name=pipeline, version=version)
    try:
        return _running(path, root, version).transform
    except UsageError:
        if path is not None:
            raise
        return Transform(name="off", version=version)


def _check(uid: Any, transform: Any, pipeline: Any, version: Any) -> None:
    for name, value in (("uid", uid), ("pipeline", pipeline), ("version", version)):
        if value is not None and (not isinstance(value, str) or not value.strip()):
            raise InvalidValueError(f"{name}={shown(value)} is no text, or blank", "Give a text, or leave it away.")
    if sum(each is not None for each in (uid, transform, pipeline)) > 1:
        raise InvalidValueError("track() was given several transforms", "Give one of: uid, transform=, pipeline=.")
    if transform is not None and version is not None:
        raise InvalidValueError(
            f"version={version!r} stands beside a transform, which has its own", "Leave it away, or name a pipeline=."
        )
    if transform is not None and not isinstance(transform, Transform):
        raise InvalidValueError(
            f"{shown(transform)} is no transform", 'Give a pg.Transform, or a name: pipeline="...".'
        )


def _running(path: str | Path | None, root: Path, version: str | None) -> Subject:
    if path is None and notebook.in_notebook():
        found = notebook.find_notebook(root, notebook.executed_cells())
        return _of_file(found.path, root, "notebook", found.name, version)
    script = given_path(path) if path is not None else code.caller_script()
    if script is None:
        raise UsageError(
            "no script or notebook runs here that could be tracked",
            "Call pg.track() in a script or notebook, or name a transform: pg.track(transform=...).",
        )
    if script.suffix == ".ipynb":
        found = notebook.find_notebook(root, [], hint=script)
        return _of_file(found.path, root, "notebook", found.name, version)
    return _of_file(script, root, "script", None, version)


def _of_file(path: Path, root: Path, kind: TransformType, name: str | None, version: str | None) -> Subject:
    file_status(path)
    source = code.source_of(path)
    if not (is_as_started := code.is_as_started(path, source.text)):
        warn(f"{path.name} was changed after it was started: the code that is kept is not quite what runs")
    transform = Transform(key=code.transform_key(path, root), name=name or path.name, type=kind, version=version)
    transform.hash = source.hash
    return Subject(transform, path, source.text, is_as_started=is_as_started)


def _registered(pipeline: str, version: str | None) -> Transform:
    lookups: dict[str, Any] = {
        "name": pipeline,
        **({"version": version} if version is not None else {"is_latest": True}),
    }
    try:
        found = Transform.filter(**lookups).last()
        if found is not None:
            return found
        known = [f"{each.name} {each.version or ''}".strip() for each in Transform.filter(type="pipeline")]
    except UNREACHABLE:
        return Transform(name=pipeline, version=version, type="pipeline")
    except NoInstanceError:
        known = []
    asked = f"{pipeline} {version or ''}".strip()
    wanted = f', version="{version}"' if version else ""
    raise NotFoundError(
        f"the pipeline '{asked}' is not registered",
        f'Register it: pg.Transform(name="{pipeline}"{wanted}, type="pipeline").save().'
        + (f" {near(asked, known)}" if known else ""),
    )


def _versioned(known: Transform, running: Transform) -> Transform:
    """Give the known transform, to be saved under its own key with the code that runs now."""
    fresh = Transform(key=known.key, name=known.name, type=known.type, version=running.version)
    fresh.hash = running.hash
    return fresh
