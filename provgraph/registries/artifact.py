"""Artifacts: files in their versions."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import PrivateAttr

from provgraph import loaders
from provgraph.errors import InvalidValueError, NoInstanceError, NotSavedError, check_flags, shown
from provgraph.models import ArtifactNode
from provgraph.models.nodes import ArtifactKind  # noqa: TC001 - pydantic reads the annotation
from provgraph.registries.backend import backend
from provgraph.registries.record import Record
from provgraph.storage.hashing import file_status
from provgraph.storage.keys import check_key, given_path, upwards, whole_suffix
from provgraph.storage.scan import every_file

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

    from provgraph.registries.collection import Collection
    from provgraph.registries.queryset import QuerySet
    from provgraph.registries.run import Run
    from provgraph.registries.storage import Storage
    from provgraph.registries.transform import Transform
    from provgraph.registries.user import User


class Artifact(ArtifactNode, Record):
    """A file in one of its versions. `save()` stores its bytes and records the run that made it.

    An artifact is `os.PathLike`: `open(artifact)` reads its file and records that the run which is on did so.

    >>> text = Path("hits.txt").write_text("CD3E")
    >>> artifact = pg.Artifact("hits.txt", key="hits.txt", description="hits of the screen").save()
    >>> artifact.uid[-4:], artifact.suffix, artifact.size, artifact.is_latest
    ('0000', '.txt', 4, True)
    >>> artifact.load()
    'CD3E'
    """

    _source: Path | None = PrivateAttr(default=None)
    _run: Any = PrivateAttr(default=None)
    _copy: bool | None = PrivateAttr(default=None)
    _memory: Any = PrivateAttr(default=None)
    _is_keyed: bool = PrivateAttr(default=True)
    """Whether a person chose the key; else a file in the storage has its path there."""

    def __init__(  # noqa: PLR0913 - LaminDB's signature
        self,
        path: str | Path,
        key: str | PurePath | None = None,
        *,
        description: str | None = None,
        run: Run | Literal[False] | None = None,
        type: str | None = None,  # noqa: A002 - LaminDB's word
        copy: bool | None = None,
    ) -> None:
        """Name a file.

        `key` is its name in the store, a relative POSIX path; a file inside the storage has its path there. `run` is
        what made it, by default the run that is on; False means no run. `copy=False` registers the file where it lies,
        `copy=True` copies it whatever its size.

        Raises `MissingFileError`, `WrongFileTypeError` for a folder, `UnreadableFileError`, `InvalidKeyError` for a key
        that is empty, absolute, leads upwards or has another suffix than the file, and `NotSavedError` for an unsaved
        run. Nothing is written before `save()`.
        """
        source = _path(path)
        file_status(source)
        key = _key(key, source)
        _check_run(run)
        if copy is not None:
            check_flags(copy=copy)
        super().__init__(key=key, description=description, type=type, suffix=whole_suffix(key or source.name))
        self._source, self._run, self._copy = source, run, copy

    @classmethod
    def from_df(
        cls,
        df: pd.DataFrame,
        key: str | PurePath | None = None,
        *,
        description: str | None = None,
        run: Run | Literal[False] | None = None,
    ) -> Self:
        """Name a DataFrame, to be stored as Parquet with its index; nothing is written before `save()`.

        The artifact holds the DataFrame until it is saved.

        Raises `InvalidValueError` for what is no DataFrame, and what `Artifact` raises. `save()` raises it for what
        Parquet cannot hold or would give back as something else.

        >>> import pandas as pd
        >>> artifact = pg.Artifact.from_df(pd.DataFrame({"gene": ["CD3E"]}), description="hits").save()
        >>> artifact.otype, artifact.n_observations, artifact.suffix
        ('DataFrame', 1, '.parquet')
        """
        return cls._of_memory(df, ".parquet", key, description, run)

    @classmethod
    def from_anndata(
        cls,
        adata: AnnData,
        key: str | PurePath | None = None,
        *,
        description: str | None = None,
        run: Run | Literal[False] | None = None,
    ) -> Self:
        """Name an AnnData, to be stored as h5ad; nothing is written before `save()`.

        Raises `InvalidValueError` for what is no AnnData, and what `Artifact` raises.

        >>> import anndata, numpy
        >>> artifact = pg.Artifact.from_anndata(anndata.AnnData(numpy.zeros((3, 2))), key="counts.h5ad").save()
        >>> artifact.n_observations, artifact.open().isbacked
        (3, True)
        """
        return cls._of_memory(adata, ".h5ad", key, description, run)

    @classmethod
    def from_dir(
        cls, path: str | Path, key: str | PurePath | None = None, *, run: Run | Literal[False] | None = None
    ) -> list[Self]:
        """Name every file of a folder, also hidden ones, each an artifact of its own; `pg.save(...)` saves them all.

        Links are followed; provgraph's own folders are left out. Their keys are `key` (by default the folder's name)
        and the path below the folder; in the storage, without `key`, the path below its root. Raises
        `MissingFileError` for a link that leads nowhere too, `WrongFileTypeError` when the path is a file or something
        in it is neither file nor folder, `UnreadableFileError` for a folder that cannot be listed, and
        `InvalidKeyError` for a name that cannot be a key.

        >>> for name in ("matrix.mtx", "genes.tsv"):
        ...     Path("counts").mkdir(exist_ok=True)
        ...     size = Path("counts", name).write_text(name)
        >>> pg.save(pg.Artifact.from_dir("counts"))
        >>> pg.Artifact.filter(key__startswith="counts/").order_by("key").list("key")
        ['counts/genes.tsv', 'counts/matrix.mtx']
        """
        folder = upwards(given_path(path))
        prefix = folder.name if key is None else _prefix(key)
        made = [cls(file, f"{prefix}/{file.relative_to(folder).as_posix()}", run=run) for file in every_file(folder)]
        for artifact in made:
            artifact._is_keyed = key is not None
        return made

    @classmethod
    def hidden(cls, kind: ArtifactKind, key: str | None, suffix: str) -> Self:
        """Name bytes that belong to a run and are in no default query: its environment, report or source code."""
        artifact = cls.model_construct()
        ArtifactNode.__init__(artifact, key=key, kind=kind, suffix=suffix)
        return artifact  # type: ignore[return-value]  # pydantic's plugin loses Self

    @classmethod
    def _of_memory(cls, value: Any, suffix: str, key: str | PurePath | None, description: str | None, run: Any) -> Self:
        otype, observations = loaders.describe(value)
        if otype != {".parquet": "DataFrame", ".h5ad": "AnnData"}[suffix]:
            raise InvalidValueError(f"a {otype} is not stored as {suffix}", "Use from_df or from_anndata, as it is.")
        key = _key(key, Path(f"x{suffix}"))
        _check_run(run)
        artifact = cls.model_construct()
        ArtifactNode.__init__(
            artifact, key=key, description=description, suffix=suffix, otype=otype, n_observations=observations
        )
        artifact._run, artifact._memory = run, value
        return artifact  # type: ignore[return-value]  # pydantic's plugin loses Self

    def must_be_savable(self) -> None:
        """Raise `InvalidKeyError` for a key that was set since and cannot be one."""
        if self.key is not None and not self.is_saved:
            check_key(self.key, Path(f"x{self.suffix}"))

    def note_saved(self, *, provisional: bool = False) -> None:
        """Note that it is saved; the object in memory that it was made from is in its file now, and is let go."""
        super().note_saved(provisional=provisional)
        self._memory = None

    def facts(self) -> dict[str, Any]:
        """Give the properties to write; of an object in memory, which may have changed, the observations it has now."""
        facts = super().facts()
        if self._memory is not None and not self.is_saved:
            facts["n_observations"] = loaders.describe(self._memory)[1]
        return facts

    def cache(self, is_run_input: Run | bool | None = None) -> Path:
        """Give the path of the file on this host, and record that the run which is on reads it.

        `is_run_input` False records nothing, a run records it for that run. Raises `MissingFileError`, which names host
        and path, when the bytes are not here, `FileChangedError` when they are no longer what was saved, and
        `NotSavedError`. Writes INPUT_OF and, in the same transaction, PREDECESSOR of the runs and their transforms.

        >>> size = Path("a.txt").write_text("1")
        >>> artifact = pg.Artifact("a.txt", key="a.txt").save()
        >>> run = pg.Run(pg.Transform(name="step").save()).save()
        >>> artifact.cache(is_run_input=run).read_text()
        '1'
        >>> run.inputs.list("key")
        ['a.txt']
        """
        try:
            store = backend()
        except NoInstanceError:
            if self.is_saved or is_run_input:
                raise
            return self.path  # without a store there is no run that could read it
        path = store.locate(self, checked=True) if self.is_saved else self.path
        store.note_read(self, is_run_input)
        return path

    def load(self, is_run_input: Run | bool | None = None, **options: Any) -> Any:
        """Read the file into memory by its suffix (see `provgraph.loaders`), and record that the run reads it.

        csv, tsv and parquet give a DataFrame, h5ad an AnnData, json and yaml values, text a str, others the path.
        `options` go to the reader. Raises what `cache` raises, and `StorageError` when the file is not what its suffix
        says. Writes what `cache` writes.
        """
        return loaders.load(self.cache(is_run_input), self.suffix, **options)

    def open(self, mode: str = "rb", *, is_run_input: Run | bool | None = None) -> Any:
        """Open the file without reading it whole: backed AnnData, ParquetFile, or a file of bytes.

        Mode "r" gives a file of UTF-8 text. Records the read as `cache` does, and raises what it raises;
        `InvalidValueError` for a mode that writes.
        """
        if mode not in ("r", "rb"):
            raise InvalidValueError(
                f"an artifact cannot be opened with mode {mode!r}, only for reading",
                "Write a new file and save it under the same key: it becomes the next version.",
            )
        return loaders.open_(self.cache(is_run_input), self.suffix, mode)

    def __fspath__(self) -> str:
        """Give the path of the file, and record that the run which is on reads it."""
        return str(self.cache())

    @property
    def path(self) -> Path:
        """The path of the file on this host; asking for it records nothing."""
        if not self.is_saved:
            if self._source is None:
                raise NotSavedError(f"the artifact '{self.title()}' has no file yet", "Save it first: .save().")
            return self._source
        return backend().locate(self, checked=False)

    @property
    def run(self) -> Run | None:
        """The run that made it first."""
        return self._run or None if not self.is_saved else self._one("run")

    @property
    def transform(self) -> Transform | None:
        """The code that made it first."""
        return self._one("transform")  # type: ignore[no-any-return]

    @property
    def created_by(self) -> User | None:
        """Who saved it first."""
        return self._one("created_by")  # type: ignore[no-any-return]

    @property
    def storage(self) -> Storage | None:
        """The folder in which its file lies."""
        return self._one("storage")  # type: ignore[no-any-return]

    @property
    def input_of(self) -> QuerySet[Run]:
        """The runs that read it."""
        return self._many("input_of")

    @property
    def collections(self) -> QuerySet[Collection]:
        """The collections it is in."""
        return self._many("collections")


def _path(path: Any) -> Path:
    if type(path).__name__ in {"DataFrame", "AnnData"}:
        way = "from_df" if type(path).__name__ == "DataFrame" else "from_anndata"
        raise InvalidValueError(f"a {type(path).__name__} is no path", f"Save it with pg.Artifact.{way}(...).")
    return given_path(path)


def _key(key: Any, source: Path) -> str | None:
    """Give a checked key; a path is written as POSIX does."""
    if key is None:
        return None
    return check_key(key.as_posix() if isinstance(key, PurePath) else key, source)


def _prefix(key: Any) -> str:
    """Give a checked folder of keys; a "/" at its end says no more."""
    return check_key(key.as_posix() if isinstance(key, PurePath) else key.rstrip("/") if isinstance(key, str) else key)


def _check_run(run: Any) -> None:
    if run is None or run is False:
        return
    if getattr(run, "label", None) != "Run":
        raise InvalidValueError(
            f"{shown(run)} is no run", "Give a pg.Run, False for none, or nothing for the one that is on."
        )
    if not run.is_saved:
        raise NotSavedError(f"the run {run.uid} is not saved", "Save it first: run.save().")
