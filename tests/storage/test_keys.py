"""Keys: which text can name an artifact, and what a file's suffix is."""

from __future__ import annotations

import os.path
from pathlib import Path, PurePosixPath
from typing import Any, Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from provgraph.errors import InvalidKeyError, InvalidValueError
from provgraph.models import TEXT_LIMIT
from provgraph.storage.keys import LONGEST_SUFFIX, check_key, given_path, whole_suffix

PARTS: Final = st.sampled_from(("a", "b.csv", "..", ".", "", "~", "C:", "\\", " ", "...", "é", "a b", "\n", "\udc80"))
KEYS: Final = st.one_of(st.text(), st.lists(PARTS, min_size=1).map("/".join), st.lists(PARTS).map("".join))
NAMES: Final = st.one_of(
    st.text(), st.text(alphabet="ab. /~g"), st.lists(PARTS | st.sampled_from((".gz", "."))).map("".join)
)
ANYTHING: Any = check_key
"""check_key as a program without types sees it."""


def is_accepted(key: str) -> bool:
    try:
        check_key(key)
    except InvalidKeyError:
        return False
    return True


@given(KEYS)
@example("../a")
@example("a/../../b")
@example("/etc/passwd")
def test_no_accepted_key_leads_outside_of_its_root(key: str) -> None:
    """Joined to a folder it is below that folder, as the path that it says, and it can be stored as UTF-8."""
    if is_accepted(key):
        joined = os.path.normpath(f"/root/folder/{key}")
        assert joined == f"/root/folder/{key}"
        assert PurePosixPath("/root/folder", key).is_relative_to("/root/folder")
        assert not key.startswith("~")
        assert key.encode().decode() == key
        assert 0 < len(key) <= TEXT_LIMIT


@given(st.lists(st.text("abcdefgh-_. ü0", min_size=1).filter(lambda part: part.strip(". ")), min_size=1, max_size=5))
def test_an_ordinary_path_is_a_key(parts: list[str]) -> None:
    """Spaces, dots and letters of all languages are no reason to refuse."""
    key = "/".join(parts)
    assert check_key(key) == key


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("", "is empty"),
        (" \t", "is empty"),
        ("/a", "is absolute"),
        ("~/a", "is absolute"),
        ("C:/a", "is absolute"),
        ("C:\\a", "is absolute"),
        ("a\\b", "backslashes"),
        ("a\nb", "control characters"),
        ("a\x85b", "control characters"),
        ("a\udc80b", "no text"),
        ("a/../b", "'..'"),
        ("..", "'..'"),
        ("a//b", "an empty or '.' part"),
        ("./a", "an empty or '.' part"),
        ("a/", "an empty or '.' part"),
        ("a" * (TEXT_LIMIT + 1), str(TEXT_LIMIT)),
        (None, "is not text"),
        (Path("a"), "is not text"),
    ],
)
def test_a_refused_key_says_why(key: Any, problem: str) -> None:
    """The message holds the reason, and what a key looks like."""
    with pytest.raises(InvalidKeyError, match=r"figures/umap\.png") as caught:
        ANYTHING(key)
    assert problem in str(caught.value)


def test_a_key_has_the_suffix_of_its_file() -> None:
    """A file that would be read as something else under its key is refused, the wanted suffix named."""
    assert check_key("b.tsv.gz", Path("x/a.tsv.gz")) == "b.tsv.gz"
    with pytest.raises(InvalidKeyError, match=r"'\.tsv\.gz'"):
        check_key("b.csv", Path("a.tsv.gz"))
    with pytest.raises(InvalidKeyError, match="''"):
        check_key("b.csv", Path("Makefile"))


@given(NAMES)
@example("a.b c.gz")
@example("a..gz")
@example(".a.gz")
def test_a_suffix_is_the_end_of_the_name_and_never_all_of_it(name: str) -> None:
    """It begins with a dot, has no space and no slash, and a file named by a hash and it has a name short enough."""
    suffix, base = whole_suffix(name), name.rsplit("/", 1)[-1]
    assert base.endswith(suffix)
    if suffix:
        assert suffix.startswith(".")
        assert base.removesuffix(suffix).strip(".")
        assert not set(suffix) & {" ", "/"}
        assert len(suffix) <= LONGEST_SUFFIX + len(".zarr.")


@given(st.text("abc_é", min_size=1), st.sampled_from((".csv", ".tsv.gz", ".h5ad", ".ome.tiff", ".txt.zst", ".mtx.gz")))
def test_the_suffix_of_a_plain_name_is_found_whole(stem: str, suffix: str) -> None:
    """With the part that says how it is compressed."""
    assert whole_suffix(f"folder.d/{stem}{suffix}") == suffix


def test_the_end_of_a_sentence_is_no_suffix() -> None:
    """What is longer than a suffix can be belongs to the name."""
    assert whole_suffix("Report 1." + "a" * LONGEST_SUFFIX) == "." + "a" * LONGEST_SUFFIX
    assert whole_suffix("Report 1." + "a" * (LONGEST_SUFFIX + 1)) == ""
    assert whole_suffix("see v1. of table.gz") == ".gz"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:///data/my%20a.csv", "/data/my a.csv"),
        ("FILE:///a#1.csv", "/a#1.csv"),
        ("file://localhost/a?b.csv", "/a?b.csv"),
        ("file:///r%E9sum%E9", "/r\udce9sum\udce9"),
    ],
)
def test_a_url_of_a_file_names_its_path(url: str, path: str) -> None:
    """Each sign of it, also those that have a meaning in other URLs, and bytes that are no text."""
    assert str(given_path(url)) == path


@pytest.mark.parametrize("url", ["file://", "file://data/x.csv", "file:///a%00b", "s3://bucket/x.csv"])
def test_a_url_of_another_place_is_refused(url: str) -> None:
    """Of another host too; and what no path holds."""
    with pytest.raises(InvalidValueError):
        given_path(url)
