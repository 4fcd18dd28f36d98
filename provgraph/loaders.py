"""Read files into memory by their suffix, and write what is in memory as files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from provgraph.errors import InvalidValueError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd
    from anndata import AnnData


def load(path: Path, suffix: str, **options: Any) -> Any:
    """Read a file: csv, tsv and parquet as DataFrame, h5ad as AnnData, json and yaml as Python values, text as str.

    `options` go to the reader. Any other file gives its path. Raises `StorageError` when the file is not what its
    suffix says.
    """
    reader = READERS.get(suffix.removesuffix(".gz") if suffix.endswith((".csv.gz", ".tsv.gz", ".txt.gz")) else suffix)
    if reader is None:
        return path
    try:
        return reader(path, **options)
    except (OSError, MemoryError):
        raise
    except Exception as error:
        raise StorageError(
            f"the file {path} cannot be read as {suffix} ({type(error).__name__}: {error})",
            "Look at it by its path: artifact.cache().",
        ) from error


def open_(path: Path, suffix: str) -> Any:
    """Open a file without reading it whole: h5ad backed, parquet as ParquetFile, others as a binary file."""
    if suffix == ".h5ad":
        import anndata

        return anndata.read_h5ad(path, backed="r")
    if suffix == ".parquet":
        import pyarrow.parquet

        return pyarrow.parquet.ParquetFile(path)
    return path.open("rb")


def describe(value: Any) -> tuple[str, int]:
    """Say what an object in memory is, and how many observations it has.

    Raises `InvalidValueError` for what is neither a DataFrame nor an AnnData.
    """
    kind = type(value).__name__
    if kind not in {"DataFrame", "AnnData"}:
        raise InvalidValueError(f"an object of type {kind} cannot be saved", "Give a DataFrame or an AnnData.")
    return kind, int(value.shape[0])


def write_df(df: pd.DataFrame, path: Path) -> None:
    """Write a DataFrame as Parquet, its index with it."""
    df.to_parquet(path)


def write_anndata(adata: AnnData, path: Path) -> None:
    """Write an AnnData as h5ad."""
    adata.write_h5ad(path)


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
