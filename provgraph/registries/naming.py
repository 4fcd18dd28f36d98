"""Find the record that a person means: by the record itself, its key, name or uid, or a file on disk."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from provgraph import uids
from provgraph.errors import InvalidValueError, NotFoundError, near, shown
from provgraph.lookups import Q
from provgraph.models.params import is_text
from provgraph.probes.code import transform_key
from provgraph.registries.artifact import Artifact
from provgraph.registries.backend import backend
from provgraph.registries.collection import Collection
from provgraph.registries.lineage import ANYTHING
from provgraph.registries.queryset import QuerySet, several
from provgraph.registries.record import Record
from provgraph.registries.run import Run
from provgraph.registries.transform import Transform
from provgraph.registries.user import User
from provgraph.storage.hashing import hash_file
from provgraph.storage.seeing import is_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

NAMED_BY: Final[tuple[tuple[type[Record], str], ...]] = (
    (Artifact, "key"),
    (Transform, "key"),
    (Transform, "name"),
    (Collection, "key"),
    (Collection, "name"),
    (User, "handle"),
)
REGISTRIES: Final[tuple[type[Record], ...]] = (Artifact, Run, Transform, Collection, User)
HIDDEN: Final = frozenset({"deleted"})
SHORTEST: Final = 4
"""Characters of the beginning of a uid or a hash, as in git: a shorter text is rather a name."""


def named(thing: Any) -> Any:
    """Give a record itself, or the one with this key or name (its latest version) or uid.

    Else, when the text is the path of a file, the artifact with its content, rather the one whose key is that path
    within the project, or else the code that lies there; and where there is no such file, the record whose uid begins
    so, with four characters at least. Raises `NotFoundError`, which names near keys, `AmbiguousError` for the beginning
    of several uids and the content of several artifacts, and `InvalidValueError` for what names nothing.

    >>> size = Path("a.txt").write_text("1")
    >>> artifact = pg.Artifact("a.txt", key="raw/a.txt").save()
    >>> named("raw/a.txt") == named(artifact.uid) == named("a.txt") == named(artifact) == artifact
    True
    """
    if isinstance(thing, Record):
        return thing
    if not isinstance(thing, str | os.PathLike) or not os.fspath(thing):
        raise InvalidValueError(f"{shown(thing)} names no record", "Give a record, a uid, a key, a name or a path.")
    text = os.fspath(thing)
    if not isinstance(text, str) or not is_text(text):
        raise InvalidValueError(f"{shown(text)} holds bytes that are no text", "Give a record, a uid, a key or a name.")
    ways = (_by_name, _by_uid, _by_content, _by_former_key, _by_beginning)
    return next((found for way in ways if (found := way(text)) is not None), None) or _nothing(text)


def all_named(things: Any) -> list[Any]:
    """Give the records that one thing or several name."""
    return [named(each) for each in _listed(things)]


def _listed(things: Any) -> Iterable[Any]:
    if isinstance(things, Record | str | os.PathLike):
        return [things]
    if isinstance(things, bytes | bytearray) or not hasattr(things, "__iter__"):
        raise InvalidValueError(f"{shown(things)} names no records", "Give a record, or a list of them.")
    listed: Iterable[Any] = things
    return listed


def affected_first(things: Any, version: str | None) -> list[Any]:
    """Give the records from which an impact begins: code that a text names stands for the runs of all its versions.

    `version` keeps one of them: the one of this name, else those whose uid ends so, else those whose hash begins so.
    Hidden runs count. Raises what `named` raises, `NotFoundError` for a version that there is not, and
    `InvalidValueError` for one of a record that is no code.
    """
    wanted = None if version is None else str(version)
    if wanted is not None and not wanted.strip():
        raise InvalidValueError(f"version={shown(version)} names no version", "Give its name, or leave it away.")
    return [record for each in _listed(things) for record in _affected_first(each, wanted)]


def _affected_first(thing: Any, version: str | None) -> list[Any]:
    is_text = isinstance(thing, str | os.PathLike) and not isinstance(thing, Record)  # an artifact is a path, too
    record: Any = _by_name(os.fspath(thing)) if is_text else named(thing)
    text = os.fspath(thing) if is_text else record.title()
    if version is None and (not is_text or isinstance(record, Artifact | Collection | User)):
        return [record]
    code = _code(text)
    if not code:
        return [_not_of_code(named(thing), version)]
    uids = [each.uid for each in (code if version is None else _of_version(text, code, version))]
    return QuerySet(Run, lifted=ANYTHING).filter(Q(transform__uid__in=uids) | Q(source__uid__in=uids)).list()


def _not_of_code(record: Record, version: str | None) -> Record:
    if version is None:
        return record
    raise InvalidValueError(
        f"{record.label} '{record.title()}' is no code, and version= says which version of some code is meant",
        "Give the record of that version, or its uid, alone.",
    )


def _of_version(text: str, code: list[Any], version: str) -> list[Any]:
    ways: tuple[Callable[[Any], bool], ...] = (
        lambda each: each.version == version,
        lambda each: each.uid.endswith(version) and len(version) == uids.REVISION_LENGTH,
        lambda each: len(version) >= SHORTEST and (each.hash or "").startswith(version),
    )
    found = next((chosen for way in ways if (chosen := list(filter(way, code)))), None)
    if found is None:
        known = [each.version or each.uid[-uids.REVISION_LENGTH :] for each in code]
        raise NotFoundError(f"'{text}' has no version '{version}'", near(version, known))
    return found


def _by_name(text: str) -> Record | None:
    """Give what `get` gives by this key or name: the latest version; `AmbiguousError` for the name of several."""
    found = (
        backend().recall(registry.label, None, {field: text}) or registry._meant({field: text})
        for registry, field in NAMED_BY
    )
    return next((each for each in found if each is not None), None)


def _by_former_key(text: str) -> Record | None:
    """Give the code that had this key before its file was renamed, as it is now."""
    former = Transform.filter(key=text).last()
    return former.versions.filter(is_latest=True).one_or_none() or former if former is not None else None


def _by_uid(text: str) -> Record | None:
    return _got(text, [each for each in REGISTRIES if len(text) == len(uids.new(each.label))])


def _by_beginning(text: str) -> Record | None:
    return _got(text, REGISTRIES) if len(text) >= SHORTEST else None


def _got(text: str, registries: Iterable[type[Record]]) -> Record | None:
    for registry in registries:
        try:
            return registry.get(text)
        except NotFoundError:
            continue
    return None


def _code(text: str) -> list[Any]:
    """Give the transforms and kept modules, in all versions, that a key, a name, a file or a module's name means.

    Hidden ones too: what they made is there.
    """
    transforms, sources = QuerySet(Transform, lifted=HIDDEN), QuerySet(Artifact, lifted=HIDDEN).filter(kind="source")
    keys = [text, _key_of(Path(text))] if is_file(Path(text)) else [text]
    found = [*transforms.filter(Q(key__in=keys) | Q(name=text)), *sources.filter(key__in=keys)]
    if found or not _is_module(text):
        return found
    module = "/".join(text.split("."))
    ends = [f"{module}.py", f"{module}/__init__.py"]
    fits = Q(key__in=ends) | Q(key__endswith=f"/{ends[0]}") | Q(key__endswith=f"/{ends[1]}")
    return [*transforms.filter(fits), *sources.filter(fits)]


def _is_module(text: str) -> bool:
    return all(part.isidentifier() for part in text.split("."))


def _by_content(text: str) -> Record | None:
    path = Path(text)
    if not is_file(path):
        return None
    found = Artifact.filter(hash=hash_file(path).hash).list()
    at_place = [each for each in found if each.key == _key_of(path)]
    if len({each.key for each in found}) > 1 and not at_place:
        raise several(found)
    if found:
        return _newest(at_place or found)
    if code := _code(str(path)):
        return _newest([each for each in code if isinstance(each, Transform)] or code)
    raise NotFoundError(f"no artifact has the content of the file {path}", "Save it: pg.Artifact(path).save().")


def _newest(versions: list[Any]) -> Record:
    """Give the latest version, which is not always the one that was made last, or else that one."""
    newest: Record = ([each for each in versions if each.is_latest] or versions)[-1]
    return newest


def _key_of(path: Path) -> str:
    """Give the key that a file has by its place in the project."""
    return transform_key(path.absolute(), backend().root)


def _nothing(text: str) -> Record:
    keys = [key for key in Artifact.filter().list("key") if key]
    raise NotFoundError(
        f"no record has the key, name or uid {shown(text)}", near(text, keys) if keys else "See: provgraph view."
    )
