"""Read files into memory by their suffix, and write what is in memory as files."""

from __future__ import annotations

import contextlib
import errno
import json
import textwrap
from typing import TYPE_CHECKING, Any, Final

from provgraph.errors import DiskFullError, InvalidValueError, StorageError
from provgraph.storage.hashing import file_error, file_status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import pandas as pd
    from anndata import AnnData


COMPRESSED: Final = frozenset({".csv.gz", ".tsv.gz", ".txt.gz"})
PLAIN: Final = frozenset({bool, float, int, str})
KINDS: Final = frozenset({("pandas", "DataFrame"), ("anndata", "AnnData")})


def load(path: Path, suffix: str, **options: Any) -> Any:
    """Read a file: csv, tsv and parquet as DataFrame, h5ad as AnnData, json and yaml as Python values, text as str.

    `options` go to the reader. Any other file gives its path. Raises `StorageError` when the file is not what its
    suffix says, `MissingFileError`, `UnreadableFileError`, and `InvalidValueError` for an option the reader does not
    take.
    """
    kind = suffix.lower()
    reader = READERS.get(kind.removesuffix(".gz") if kind in COMPRESSED else kind)
    if reader is None:
        return path
    with _read_errors(path, suffix, options):
        return reader(path, **options)


def open_(path: Path, suffix: str, mode: str = "rb") -> Any:
    """Open a file without reading it whole: h5ad backed, parquet as ParquetFile, others as a file of bytes or text.

    Raises what `load` raises.
    """
    with _read_errors(path, suffix, {}):
        if suffix.lower() == ".h5ad":
            import anndata

            return anndata.read_h5ad(path, backed="r")
        if suffix.lower() == ".parquet":
            import pyarrow.parquet

            return pyarrow.parquet.ParquetFile(path)
        return path.open(mode, encoding="utf-8" if mode == "r" else None)


def describe(value: Any) -> tuple[str, int]:
    """Say what an object in memory is, and how many observations it has.

    Raises `InvalidValueError` for what is neither a DataFrame nor an AnnData.
    """
    for each in type(value).__mro__:
        if (each.__module__.partition(".")[0], each.__name__) in KINDS:
            return each.__name__, int(value.shape[0])
    name = f"{type(value).__module__}.{type(value).__name__}".removeprefix("builtins.")
    raise InvalidValueError(f"an object of type {name} cannot be saved", "Give a pandas DataFrame or an AnnData.")


def joined(values: Sequence[Any], **options: Any) -> Any:
    """Join DataFrames below each other, or AnnData along the observations; `options` go to the package's `concat`.

    Raises `InvalidValueError` when they are neither all DataFrames nor all AnnData.
    """
    kinds = {type(value).__name__ for value in values}
    if kinds == {"DataFrame"}:
        import pandas as pd

        return _concatenated(pd.concat, values, options)
    if kinds == {"AnnData"}:
        import anndata

        return _concatenated(anndata.concat, values, options)
    raise InvalidValueError(
        f"{', '.join(sorted(kinds)) or 'nothing'} cannot be joined", "Load each by itself: collection.artifacts."
    )


def _concatenated(concat: Callable[..., Any], values: Sequence[Any], options: dict[str, Any]) -> Any:
    try:
        return concat(values, **options)
    except (TypeError, ValueError, KeyError) as error:
        how = f" with the options {', '.join(options)}" if options else ""
        raise InvalidValueError(
            f"the members cannot be joined{how} ({error})",
            "Give options of the package's concat, or load each by itself: collection.artifacts.",
        ) from error


def write_df(df: pd.DataFrame, path: Path) -> None:
    """Write a DataFrame as Parquet, its index with it.

    Raises `InvalidValueError`, which names the column, when Parquet has no place for it or gives it back as something
    else: two columns of one name, several types in a column, dicts or sets in its cells, numbers that lose digits. What
    Parquet could alter is read again and compared; columns of plain numbers, times and texts are not.
    """
    _check_labels(df)
    for place, name in enumerate(df.columns):
        if _is_odd(df.iloc[:, place]):
            raise _holds_dicts(name)
    with _write_errors("DataFrame", path, "Make it numbers, texts or times of one type, such as df[name].astype(str)."):
        df.to_parquet(path)
        _check_kept(df, path)


def _check_labels(df: pd.DataFrame) -> None:
    if not df.columns.is_unique:
        twice = ", ".join(repr(name) for name in df.columns[df.columns.duplicated()].unique())
        raise InvalidValueError(f"the DataFrame has several columns named {twice}", "Give each column its own name.")
    if df.columns.nlevels == 1 and df.columns.inferred_type.startswith("mixed"):
        listed = textwrap.shorten(", ".join(map(repr, df.columns)), 200)
        raise InvalidValueError(
            f"the DataFrame has columns named by several types: {listed}",
            "Make the names texts that differ, such as df.columns = df.columns.map(str).",
        )
    for name in df.index.names:
        if name is not None and not isinstance(name, str):
            raise InvalidValueError(
                f"the index is named {name!r}, which Parquet gives back as text",
                "Make it a text: df.index.name = '...'.",
            )


def _is_odd(column: pd.Series[Any]) -> bool:
    from pandas.api.types import infer_dtype

    looked_through = column.dtype == object and infer_dtype(column, skipna=True) == "mixed"
    return looked_through and any(isinstance(cell, dict | set | frozenset) for cell in column)


def _holds_dicts(name: Any) -> InvalidValueError:
    return InvalidValueError(
        f"the column {name!r} holds dicts or sets, which Parquet gives back as something else",
        "Make them texts, such as df[name].map(json.dumps), or columns.",
    )


def _check_kept(df: pd.DataFrame, path: Path) -> None:
    """Compare what a Parquet file gives back with what was written."""
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(path) as file:
        fields, types = file.schema_arrow.names, file.schema_arrow.types
        _check_names(df, file.schema_arrow.empty_table().to_pandas().columns)
        for place, name in enumerate(df.columns):
            if "struct<" in str(types[place]):
                raise _holds_dicts(name)
            if _can_alter(column := df.iloc[:, place]):
                again = file.read(columns=[fields[place]]).select([fields[place]]).to_pandas().iloc[:, 0]
                _check_values(f"the column {name!r}", column, again)
        index = file.read(columns=fields[len(df.columns) :]).to_pandas().index
    for place in range(df.index.nlevels):
        level, again = (each.get_level_values(place).to_series() for each in (df.index, index))
        if _can_alter(level):
            _check_values("the index", level, again)


def _can_alter(column: pd.Series[Any]) -> bool:
    """Say whether Parquet may give a column back otherwise; plain arrays and texts come back as they are."""
    import numpy as np
    import pandas as pd
    from pandas.api.types import infer_dtype

    if column.dtype == object:
        return infer_dtype(column, skipna=True) not in {"string", "empty"}
    return not isinstance(column.dtype, np.dtype | pd.StringDtype | pd.DatetimeTZDtype)


def _check_names(df: pd.DataFrame, again: pd.Index[Any]) -> None:
    for one, other in zip([*df.columns, *df.columns.names], [*again, *again.names], strict=True):
        if not _is_same(one, other):
            raise InvalidValueError(
                f"the name {one!r} of the columns comes back from Parquet as {other!r}",
                "Make the names texts that differ, such as df.columns = df.columns.map(str).",
            )


def _check_values(what: str, column: pd.Series[Any], again: pd.Series[Any]) -> None:
    if column.dtype != object and column.reset_index(drop=True).equals(again.reset_index(drop=True)):
        return
    found: tuple[Any, Any] | None = (_kind(column), _kind(again))
    if column.dtype != "category" or _kind(column) == _kind(again):
        found = _difference(column, again)
    if found is not None:
        one, other = (textwrap.shorten(repr(each), 80) for each in found)
        raise InvalidValueError(
            f"{what} is not what Parquet gives back: {one} becomes {other}",
            "Make it numbers or texts of one type, such as df[name].astype('Int64') or df[name].astype(str).",
        )


def _difference(column: pd.Series[Any], again: pd.Series[Any]) -> tuple[Any, Any] | None:
    """Give the first two cells that differ; None and NaN are both no value."""
    known = column.notna().to_numpy()
    for one, other in zip(column, again, strict=True) if (known != again.notna().to_numpy()).any() else ():
        if not _is_same(one, other):
            return one, other
    pairs = zip(column[known], again[known], strict=True)
    return next(((one, other) for one, other in pairs if not _is_same(one, other)), None)


def _kind(column: pd.Series[Any]) -> Any:
    """Give the type of a column's values, of a category with its values and whether they are ordered."""
    if column.dtype != "category":
        return str(column.dtype)
    return f"category of {column.cat.categories.dtype}", list(column.cat.categories), bool(column.cat.ordered)


def _is_same(one: Any, other: Any) -> bool:
    """Say whether two cells are the same; a number has no type but True and False.

    Numbers are compared as Python's: numpy takes 2**60 + 1 for 2.0**60.
    """
    if type(one) in PLAIN and type(other) in PLAIN:
        are_nan = one != one and other != other  # noqa: PLR0124 - so NaN is told
        return are_nan or (one == other and isinstance(one, bool) == isinstance(other, bool))
    if _is_list(one) or _is_list(other):
        return _is_list(one) and _is_list(other) and len(one) == len(other) and _are_same(one, other)
    if hasattr(one, "item") or hasattr(other, "item"):
        return _is_same(*(each.item() if hasattr(each, "item") else each for each in (one, other)))
    import pandas as pd

    return bool(pd.isna(one) and pd.isna(other)) or bool(one == other)


def _is_list(cell: Any) -> bool:
    return isinstance(cell, list | tuple) or getattr(cell, "ndim", 0) > 0


def _are_same(cells: Any, again: Any) -> bool:
    """Compare two lists; arrays of numbers of one type as wholes."""
    is_array = hasattr(cells, "dtype") and hasattr(again, "dtype")
    if is_array and cells.dtype == again.dtype and cells.dtype.kind in "iufb":
        import numpy as np

        return np.array_equal(cells, again, equal_nan=cells.dtype.kind == "f")
    return all(map(_is_same, *(each.tolist() if hasattr(each, "tolist") else each for each in (cells, again))))


def write_anndata(adata: AnnData, path: Path) -> None:
    """Write an AnnData as h5ad; one that is backed by a file stays so.

    anndata writes texts that repeat in a column as categories; the object itself keeps its texts. Raises
    `InvalidValueError` when h5ad has no place for something in it.
    """
    from anndata.io import write_h5ad

    with _write_errors("AnnData", path, "Give each column values of one type, and take other objects out of it."):
        written = adata.copy() if adata.is_view and not adata.isbacked else adata
        with _texts_kept(written):
            write_h5ad(path, written)


@contextlib.contextmanager
def _texts_kept(adata: AnnData) -> Iterator[None]:
    """Give columns of texts back to an AnnData which anndata turns into categories where it lies."""
    frames = [adata.obs, adata.var, *([adata.raw.var] if adata.raw is not None else [])]
    before = [(frame, dict(frame.items())) for frame in frames]
    try:
        yield
    finally:
        for frame, columns in before:
            for name, column in columns.items():
                if frame[name].dtype != column.dtype:
                    frame[name] = column


@contextlib.contextmanager
def _read_errors(path: Path, suffix: str, options: dict[str, Any]) -> Iterator[None]:
    """Turn what readers say into our errors: what the system says has a number, what they say of the content none."""
    file_status(path)
    try:
        yield
    except (StorageError, MemoryError):
        raise
    except OSError as error:
        raise (file_error(path, error) if error.errno else _not_what_it_says(path, suffix, error)) from error
    except TypeError as error:
        if not options:
            raise _not_what_it_says(path, suffix, error) from error
        raise InvalidValueError(
            f"a file of type {suffix} cannot be read with the options {', '.join(options)} ({_line(error)})",
            "Give options of its reader, or read it by its path: artifact.cache().",
        ) from error
    except Exception as error:
        raise _not_what_it_says(path, suffix, error) from error


def _not_what_it_says(path: Path, suffix: str, error: Exception) -> StorageError:
    return StorageError(
        f"the file {path} cannot be read as {suffix} ({type(error).__name__}: {_line(error)})",
        "Look at it by its path: artifact.cache().",
    )


@contextlib.contextmanager
def _write_errors(kind: str, path: Path, advice: str) -> Iterator[None]:
    """Turn what writers say of an object into our error, and leave no half-written file."""
    try:
        yield
    except (MemoryError, InvalidValueError):
        path.unlink(missing_ok=True)
        raise
    except OSError as error:
        path.unlink(missing_ok=True)
        raised = DiskFullError if error.errno == errno.ENOSPC or "No space left" in str(error) else StorageError
        raise raised(
            f"this {kind} cannot be written to {path.parent} ({_line(error)})",
            "It is written there before it is stored: free some space there.",
        ) from error
    except Exception as error:
        path.unlink(missing_ok=True)
        told = "; ".join([_line(error), *getattr(error, "__notes__", [])])
        raise InvalidValueError(f"this {kind} cannot be written as {path.suffix} ({told})", advice) from error


def _line(error: Exception) -> str:
    """Give what an error says in one line; pyarrow says it in several parts, the column last."""
    parts = error.args if all(isinstance(part, str) for part in error.args) else [error]
    return textwrap.shorten("; ".join(map(str, parts)), 300)


def _csv(path: Path, **options: Any) -> pd.DataFrame:
    import pandas as pd

    frame: pd.DataFrame = pd.read_csv(path, **options)
    return frame


def _tsv(path: Path, **options: Any) -> pd.DataFrame:
    return _csv(path, **{"sep": "\t", **options})


def _parquet(path: Path, **options: Any) -> pd.DataFrame:
    import pandas as pd

    return pd.read_parquet(path, **options)


def _h5ad(path: Path, **options: Any) -> AnnData:
    import anndata

    return anndata.read_h5ad(path, **options)


def _json(path: Path, **options: Any) -> Any:
    return json.loads(path.read_text(encoding="utf-8"), **options)


def _yaml(path: Path) -> Any:
    import yaml

    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _text(path: Path, encoding: str = "utf-8") -> str:
    if path.suffix == ".gz":
        import gzip

        return gzip.decompress(path.read_bytes()).decode(encoding)
    return path.read_text(encoding=encoding)


READERS: Final[dict[str, Callable[..., Any]]] = {
    ".csv": _csv,
    ".tsv": _tsv,
    ".parquet": _parquet,
    ".h5ad": _h5ad,
    ".json": _json,
    ".yaml": _yaml,
    ".yml": _yaml,
    ".txt": _text,
    ".md": _text,
    ".html": _text,
}
