"""Loaders: what was written comes back by its suffix, and what cannot be read or written is named."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import anndata
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from provgraph import loaders
from provgraph.errors import InvalidValueError, MissingFileError, StorageError, WrongFileTypeError

if TYPE_CHECKING:
    from collections.abc import Callable

FRAME: Final = pd.DataFrame({"a": [1, 2], "b": ["x", "ü"]})
TREE: Final = {"a": [1, 2.5, None, True], "ü": {"b": "c"}}
TEXT: Final = "# Title\n\nÜber 50 %\n"


def cells() -> anndata.AnnData:
    made = anndata.AnnData(np.arange(6.0).reshape(3, 2), uns={"made": "here"})
    made.obs["batch"] = pd.Categorical(["x", "y", "x"])
    return made


def yaml_of(value: object) -> str:
    import yaml

    return yaml.safe_dump(value, allow_unicode=True)


@pytest.mark.parametrize(
    ("suffix", "write"),
    [
        (".csv", lambda path: FRAME.to_csv(path, index=False)),
        (".tsv", lambda path: FRAME.to_csv(path, index=False, sep="\t")),
        (".csv.gz", lambda path: FRAME.to_csv(path, index=False)),
        (".tsv.gz", lambda path: FRAME.to_csv(path, index=False, sep="\t")),
        (".parquet", lambda path: loaders.write_df(FRAME, path)),
        (".CSV", lambda path: FRAME.to_csv(path, index=False)),
    ],
)
def test_a_table_comes_back_as_a_dataframe(suffix: str, write: Callable[[Path], None]) -> None:
    """With its columns, their types and its values."""
    path = Path(f"table{suffix}")
    write(path)
    pd.testing.assert_frame_equal(loaders.load(path, suffix), FRAME)


def test_an_anndata_comes_back() -> None:
    """With its matrix, its columns and what is said of it."""
    path = Path("cells.h5ad")
    loaders.write_anndata(cells(), path)
    found = loaders.load(path, ".h5ad")
    np.testing.assert_array_equal(found.X, cells().X)
    assert list(found.obs["batch"]) == ["x", "y", "x"]
    assert found.uns["made"] == "here"


@pytest.mark.parametrize(("suffix", "write"), [(".json", json.dumps), (".yaml", yaml_of), (".yml", yaml_of)])
def test_a_tree_of_values_comes_back(suffix: str, write: Callable[[object], str]) -> None:
    """As Python's own values."""
    path = Path(f"values{suffix}")
    path.write_text(write(TREE), encoding="utf-8")
    assert loaders.load(path, suffix) == TREE


@pytest.mark.parametrize("suffix", [".txt", ".md", ".html", ".txt.gz"])
def test_text_comes_back(suffix: str) -> None:
    """Every character of it, packed or not."""
    path = Path(f"text{suffix}")
    data = TEXT.encode()
    path.write_bytes(gzip.compress(data) if suffix.endswith(".gz") else data)
    assert loaders.load(path, suffix) == TEXT


@pytest.mark.parametrize("suffix", [".png", "", ".mtx.gz", ".json.gz", ".csv.zst", ".unknown"])
def test_any_other_file_gives_its_path(suffix: str) -> None:
    """What provgraph has no reader for is left to the user's own."""
    path = Path(f"file{suffix}")
    path.write_bytes(b"\x89PNG")
    assert loaders.load(path, suffix) == path


def test_options_go_to_the_reader() -> None:
    """Of a table, a tree, a text and an AnnData."""
    FRAME.to_csv("a.csv", index=False)
    FRAME.to_csv("a.tsv", index=False, sep=";")
    loaders.write_df(FRAME, Path("a.parquet"))
    Path("a.json").write_text("[1.5]")
    Path("a.txt").write_bytes("ü".encode("latin-1"))
    Path("a.txt.gz").write_bytes(gzip.compress("ü".encode("latin-1")))
    loaders.write_anndata(cells(), Path("a.h5ad"))
    assert list(loaders.load(Path("a.csv"), ".csv", index_col="a").columns) == ["b"]
    assert list(loaders.load(Path("a.tsv"), ".tsv", sep=";").columns) == ["a", "b"]
    assert list(loaders.load(Path("a.parquet"), ".parquet", columns=["b"]).columns) == ["b"]
    assert loaders.load(Path("a.json"), ".json", parse_float=str) == ["1.5"]
    assert loaders.load(Path("a.txt"), ".txt", encoding="latin-1") == "ü"
    assert loaders.load(Path("a.txt.gz"), ".txt.gz", encoding="latin-1") == "ü"
    backed = loaders.load(Path("a.h5ad"), ".h5ad", backed="r")
    assert backed.isbacked
    backed.file.close()


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".h5ad", ".json", ".yaml", ".txt"])
def test_an_option_that_the_reader_does_not_take_is_named(suffix: str) -> None:
    """The call is wrong, not the file."""
    FRAME.to_csv("a.csv", index=False)
    loaders.write_df(FRAME, Path("a.parquet"))
    loaders.write_anndata(cells(), Path("a.h5ad"))
    for name in ("a.json", "a.yaml", "a.txt"):
        Path(name).write_text("1")
    with pytest.raises(InvalidValueError, match=rf"\{suffix} cannot be read with the options wrong_option"):
        loaders.load(Path(f"a{suffix}"), suffix, wrong_option=1)


BROKEN: Final = {
    ".csv": b"",
    ".tsv": b'a\tb\n1\t"2',
    ".csv.gz": b"not packed",
    ".tsv.gz": gzip.compress(b"a\tb\n" * 1000)[:30],
    ".parquet": b"PAR1 is not all that it takes",
    ".h5ad": b"no HDF5 at all",
    ".json": b'{"a": ',
    ".yaml": b"a: [1, 2",
    ".txt": b"\xff\xfe\xff",
    ".txt.gz": b"not packed",
    ".md": b"\xff",
    ".html": b"\xff",
}


@pytest.mark.parametrize("suffix", BROKEN)
def test_a_file_that_is_not_what_its_suffix_says_is_named(suffix: str) -> None:
    """In one line: its path, the suffix, what the reader said, and how to look at it."""
    path = Path(f"broken{suffix}")
    path.write_bytes(BROKEN[suffix])
    with pytest.raises(StorageError) as caught:
        loaders.load(path, suffix)
    message = str(caught.value)
    assert message.startswith(f"the file {path} cannot be read as {suffix} (")
    assert message.endswith("Look at it by its path: artifact.cache().")
    assert "\n" not in message
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("suffix", [".h5ad", ".parquet"])
def test_opening_a_file_that_is_not_what_its_suffix_says_is_named(suffix: str) -> None:
    """As reading it is."""
    path = Path(f"broken{suffix}")
    path.write_bytes(BROKEN[suffix])
    with pytest.raises(StorageError, match=rf"the file broken\{suffix} cannot be read as \{suffix} "):
        loaders.open_(path, suffix)


def test_a_long_complaint_is_shortened() -> None:
    """A reader that puts the whole file into its message does not fill the screen."""
    Path("a.txt").write_bytes(b"\xff" * 100_000)
    Path("a.yaml").write_text("{" + "a, " * 100_000)
    for name in ("a.txt", "a.yaml"):
        with pytest.raises(StorageError) as caught:
            loaders.load(Path(name), Path(name).suffix)
        assert len(str(caught.value)) < 500


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".h5ad", ".json", ".txt.gz", ".bin"])
def test_a_file_that_is_not_there_is_named(suffix: str) -> None:
    """Missing is not broken; a folder is neither."""
    for call in (loaders.load, loaders.open_):
        if (call, suffix) != (loaders.load, ".bin"):
            with pytest.raises(MissingFileError, match=r"there is no file none"):
                call(Path(f"none{suffix}"), suffix)
    Path(f"folder{suffix}").mkdir()
    with pytest.raises(WrongFileTypeError, match="is a folder"):
        loaders.open_(Path(f"folder{suffix}"), suffix)


def test_files_are_opened_without_reading_them_whole() -> None:
    """h5ad backed, parquet by its metadata, any other as bytes."""
    loaders.write_anndata(cells(), Path("a.h5ad"))
    loaders.write_df(FRAME, Path("a.parquet"))
    Path("a.csv").write_bytes(b"a\n1\n")
    backed = loaders.open_(Path("a.h5ad"), ".h5ad")
    assert (backed.isbacked, backed.shape) == (True, (3, 2))
    backed.file.close()
    with loaders.open_(Path("a.parquet"), ".parquet") as parquet:
        assert (parquet.metadata.num_rows, parquet.schema_arrow.names) == (2, ["a", "b"])
    with closing(loaders.open_(Path("a.csv"), ".csv")) as file:
        assert file.read(2) == b"a\n"


class Frame(pd.DataFrame):
    """A class of one's own, as GeoPandas has."""


class DataFrame:
    """Another library's class of the same name."""

    shape = (1, 1)


def test_an_object_is_described_by_kind_and_observations() -> None:
    """Rows of a DataFrame, observations of an AnnData, and of what is derived from them."""
    assert loaders.describe(FRAME) == ("DataFrame", 2)
    assert loaders.describe(Frame(FRAME)) == ("DataFrame", 2)
    assert loaders.describe(cells()) == ("AnnData", 3)
    assert loaders.describe(cells()[:2]) == ("AnnData", 2)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (5, "int"),
        (None, "NoneType"),
        ([1], "list"),
        (np.zeros(2), r"numpy\.ndarray"),
        (pd.Series([1]), r"pandas\..*Series"),
        (DataFrame(), r".*test_loaders\.DataFrame"),
        (FRAME.__class__, "type"),
    ],
)
def test_any_other_object_is_refused_by_name(value: Any, name: str) -> None:
    """Whatever it is called elsewhere."""
    with pytest.raises(InvalidValueError, match=f"an object of type {name} cannot be saved"):
        loaders.describe(value)


@pytest.mark.parametrize(
    ("frame", "problem", "advice"),
    [
        (pd.DataFrame([[1, 2, 3]], columns=["a", "a", "b"]), "several columns named 'a'", "its own name"),
        (pd.DataFrame({"a": [1, "x"]}), "column a ", "one type"),
        (pd.DataFrame({"a": ["x", 1]}), "column a ", "one type"),
        (pd.DataFrame({"a": [object()]}), "column a ", "one type"),
        (pd.DataFrame({"a": [1j]}), "column a ", "one type"),
        (pd.DataFrame({"a": [2**80]}), "too large", "one type"),
    ],
    ids=["twice", "mixed numbers", "mixed text", "objects", "complex", "large"],
)
def test_a_dataframe_that_parquet_cannot_hold_is_refused(frame: pd.DataFrame, problem: str, advice: str) -> None:
    """The column is named with what to do, and no file is left."""
    with pytest.raises(InvalidValueError) as caught:
        loaders.write_df(frame, Path("a.parquet"))
    assert problem in caught.value.happened
    assert advice in caught.value.advice
    assert "\n" not in str(caught.value)
    assert not Path("a.parquet").exists()


ALTERED: Final = {
    "names that are one text": (pd.DataFrame([[1, 2]], columns=["1", 1]), "named by several types: '1', 1"),
    "names of truth": (pd.DataFrame([[1, 2]], columns=[True, False]), "name False of the columns"),
    "names of several types": (pd.DataFrame([[1, 2]], columns=["a", 1]), "named by several types: 'a', 1"),
    "name of the index": (pd.DataFrame({"a": [1]}, index=pd.Index(["x"], name=1)), "the index is named 1"),
    "dicts in lists": (pd.DataFrame({"a": [[{"x": 1}], [{"y": 2}]]}), "the column 'a' holds dicts"),
    "dicts in lists of lists": (pd.DataFrame({"a": [[[{"x": 1}]]]}), "the column 'a' holds dicts"),
    "digits": (pd.DataFrame({"b": [1], "a": pd.Series([2**60 + 1], dtype=object)}, index=[0]), None),
    "digits beside nothing": (
        pd.DataFrame({"a": pd.Series([1, None, 2**60 + 1], dtype=object)}),
        "the column 'a' is not what Parquet gives back: 1152921504606846977 becomes 1.15",
    ),
    "digits in lists": (pd.DataFrame({"a": [[1, None, 2**60 + 1]]}), "the column 'a' is not what Parquet gives back"),
    "categories of numbers": (
        pd.DataFrame({"a": pd.Categorical([3, 1], categories=[3, 1, 2], ordered=True)}),
        "the column 'a' is not what Parquet gives back: .*category of int64.* becomes 'int64'",
    ),
    "an index with digits": (
        pd.DataFrame({"a": [1, 2]}, index=pd.Index([None, 2**60 + 1], dtype=object)),
        "the index is not what Parquet gives back",
    ),
}


@pytest.mark.parametrize("what", ALTERED)
def test_a_dataframe_that_parquet_would_alter_is_refused(what: str) -> None:
    """The column is named with what to do, and no file is left; what would come back as it is, is written."""
    frame, problem = ALTERED[what]
    path = Path("a.parquet")
    if problem is None:
        loaders.write_df(frame, path)
        assert loaders.load(path, ".parquet")["a"].tolist() == frame["a"].tolist()
        return
    with pytest.raises(InvalidValueError, match=problem) as caught:
        loaders.write_df(frame, path)
    assert "Make " in caught.value.advice
    assert not path.exists()


KEPT: Final = {
    "lists": [[1, 2], [3], None],
    "arrays": [np.arange(2), np.arange(3.0)],
    "truth": pd.Series([True, None], dtype=object),
    "numbers": pd.Series([1, 2.5, None], dtype=object),
    "dates": [date(2020, 1, 1)],
    "bytes": [b"x"],
    "categories": pd.Categorical(["x", None, "y"], categories=["y", "x", "z"], ordered=True),
    "periods": pd.period_range("2020", periods=2, freq="M"),
    "intervals": pd.interval_range(0, 2),
    "whole numbers": pd.array([1, None, 2**60 + 1], dtype="Int64"),
    "texts": pd.array(["x", None], dtype="string"),
    "times": pd.date_range("2020", periods=2, tz="Europe/Berlin"),
    "nothing": [None, None],
    "no rows": [],
}


@pytest.mark.parametrize("what", KEPT)
def test_a_column_that_parquet_keeps_is_written(what: str) -> None:
    """Values that come back equal are not refused, whatever their type."""
    frame = pd.DataFrame({"a.b": KEPT[what]})
    frame["a"] = 1
    loaders.write_df(frame, Path("a.parquet"))
    assert len(loaders.load(Path("a.parquet"), ".parquet")) == len(frame)


@pytest.mark.parametrize(
    "columns",
    [
        pd.Index([1.5, 2.5]),
        pd.date_range("2020", periods=2),
        pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["x", None]),
        pd.Index(["a", "b"], name="genes"),
        pd.RangeIndex(2),
    ],
    ids=["numbers", "times", "levels", "named", "counted"],
)
def test_names_that_parquet_keeps_are_written(columns: pd.Index[Any]) -> None:
    """Numbers, times and levels come back as such."""
    frame = pd.DataFrame([[1, 2]], columns=columns, index=pd.MultiIndex.from_tuples([("x", 1)], names=["n", None]))
    loaders.write_df(frame, Path("a.parquet"))
    pd.testing.assert_frame_equal(loaders.load(Path("a.parquet"), ".parquet"), frame, check_freq=False)


def test_plain_columns_are_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers, times and texts cost nothing more than their writing."""
    read: list[list[str]] = []
    real = pq.ParquetFile.read

    def noted(self: Any, columns: list[str]) -> Any:
        read.append(columns)
        return real(self, columns=columns)

    monkeypatch.setattr(pq.ParquetFile, "read", noted)
    loaders.write_df(FRAME.assign(c=pd.Timestamp(0), d=pd.array([1, 2], dtype=object)), Path("a.parquet"))
    assert read == [["d"], []]


def test_the_index_of_a_dataframe_is_kept() -> None:
    """With its name, and columns that are numbers stay numbers."""
    frame = pd.DataFrame({0: [1.5], 1: ["x"]}, index=pd.Index(["r"], name="row"))
    loaders.write_df(frame, Path("a.parquet"))
    pd.testing.assert_frame_equal(loaders.load(Path("a.parquet"), ".parquet"), frame)


def test_an_anndata_that_h5ad_cannot_hold_is_refused() -> None:
    """The part is named with what to do, and no file is left."""
    mixed, objects = cells(), cells()
    mixed.obs["mixed"] = [1, "x", None]
    objects.uns["thing"] = object()
    for value, name in ((mixed, "'mixed'"), (objects, "'thing'")):
        with pytest.raises(InvalidValueError, match=name) as caught:
            loaders.write_anndata(value, Path("a.h5ad"))
        assert "one type" in caught.value.advice
        assert not Path("a.h5ad").exists()


def test_saving_an_anndata_changes_nothing_of_it() -> None:
    """Its texts stay texts, a view stays a view, and the matrix is not copied."""
    made = cells()
    made.obs["site"] = ["a", "b", "a"]
    made.var["kind"] = ["x", "x"]
    made.raw = made.copy()
    view, matrix = made[:, :1], made.X
    kinds = [made.obs["site"].dtype, made.var["kind"].dtype, made.raw.var["kind"].dtype]
    loaders.write_anndata(made, Path("a.h5ad"))
    loaders.write_anndata(view, Path("b.h5ad"))
    assert [made.obs["site"].dtype, made.var["kind"].dtype, made.raw.var["kind"].dtype] == kinds
    assert made.X is matrix
    assert view.is_view
    assert list(loaders.load(Path("b.h5ad"), ".h5ad").obs["site"]) == ["a", "b", "a"]


def test_a_backed_anndata_stays_with_its_own_file() -> None:
    """Saving a copy does not lead the user's object to that copy, which is soon moved away."""
    loaders.write_anndata(cells(), Path("a.h5ad"))
    backed = anndata.read_h5ad("a.h5ad", backed="r")
    loaders.write_anndata(backed, Path("b.h5ad"))
    Path("b.h5ad").rename("c.h5ad")
    assert Path(backed.filename).name == "a.h5ad"
    np.testing.assert_array_equal(backed.X[:], cells().X)
    backed.file.close()
    np.testing.assert_array_equal(loaders.load(Path("c.h5ad"), ".h5ad").X, cells().X)


def test_importing_the_loaders_imports_no_heavy_package() -> None:
    """pandas, anndata, pyarrow and yaml come with the first file that needs them."""
    script = (
        "import sys, provgraph.loaders; print({'pandas', 'anndata', 'pyarrow', 'yaml', 'pathspec'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout == "set()\n"
