"""Finding the files of a project: its own ones, and nothing that tools made for themselves."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from provgraph.errors import InvalidValueError, MissingFileError, WrongFileTypeError
from provgraph.storage.scan import every_file, scan

if TYPE_CHECKING:
    from collections.abc import Callable

ANYTHING: Any = scan
"""scan as a program without types sees it."""


def written(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(name)


def found(*exclude: str, folder: str = ".") -> list[str]:
    return [path.relative_to(folder).as_posix() for path in scan(Path(folder), exclude)]


def test_files_of_all_depths_are_found_in_order() -> None:
    """Each folder's files by name, then its folders by name: the same on every machine."""
    written("b.csv", "a.csv", "z/y/x.csv", "d/2", "d/10", "d/1")
    assert found() == ["a.csv", "b.csv", "d/1", "d/10", "d/2", "z/y/x.csv"]


@pytest.mark.parametrize(
    "name",
    [
        ".hidden",
        ".git/config",
        "a/.cache/x",
        ".snakemake/log",
        ".nextflow.log",
        "src/__pycache__/a.pyc",
        "node_modules/x/y.js",
        "lib/site-packages/x.py",
    ],
)
def test_what_tools_make_is_skipped(name: str) -> None:
    """Hidden files and folders, and caches, at any depth."""
    written("own.csv", name)
    assert found() == ["own.csv"]


@pytest.mark.parametrize("mark", ["pyvenv.cfg", "conda-meta/history"])
def test_environments_are_skipped_whatever_they_are_called(mark: str) -> None:
    """What makes a folder an environment is the file in it, not the name."""
    written(f"tools/{mark}", "tools/bin/python", "env/own.csv")
    assert found() == ["env/own.csv"]


@pytest.mark.parametrize("sign", ["nextflow.config", ".nextflow.log", ".nextflow/history"])
def test_the_work_folder_is_skipped_where_nextflow_works(sign: str) -> None:
    """Beside a sign of Nextflow `work/` is its cache; elsewhere it is a folder as any other."""
    written(f"flow/{sign}", "flow/work/ab/cd/x.txt", "flow/results/x.txt", "mine/work/x.txt")
    assert [name for name in found() if name.endswith("x.txt")] == ["flow/results/x.txt", "mine/work/x.txt"]


def test_links_to_files_are_followed_and_links_to_folders_are_not() -> None:
    """A circle of links ends, a broken link is no file, and no folder is met twice."""
    written("real/a.csv")
    Path("real/again").symlink_to("..")
    Path("other").symlink_to("real")
    Path("link.csv").symlink_to("real/a.csv")
    Path("broken.csv").symlink_to("gone")
    Path("circle").symlink_to("circle")
    assert found() == ["link.csv", "real/a.csv"]


TREE = ("a/1.csv", "a/b/2.csv", "a/b/3.tmp", "b/4.csv", "c/a/5.csv", "dir", "x.tmp", "y/dir/6.csv")

PATTERNS = (
    "!*.tmp", "*.tmp", "a/", "/a", "a/**", "dir", "dir/", "!dir", "**/*.csv", "a/*.csv", "!a/b", "*/", "[ab]/", "**/a",
    "!/a/b/", "y/**/6.csv", "b", "?.csv", "!4.csv",
)  # fmt: skip


@pytest.mark.parametrize(
    ("patterns", "kept"),
    [
        ([], list(TREE)),
        (["*.tmp"], ["a/1.csv", "a/b/2.csv", "b/4.csv", "c/a/5.csv", "dir", "y/dir/6.csv"]),
        (["dir/"], ["a/1.csv", "a/b/2.csv", "a/b/3.tmp", "b/4.csv", "c/a/5.csv", "dir", "x.tmp"]),
        (["dir"], ["a/1.csv", "a/b/2.csv", "a/b/3.tmp", "b/4.csv", "c/a/5.csv", "x.tmp"]),
        (["a/**"], ["b/4.csv", "c/a/5.csv", "dir", "x.tmp", "y/dir/6.csv"]),
        (["a/"], ["b/4.csv", "dir", "x.tmp", "y/dir/6.csv"]),
        (["/a"], ["b/4.csv", "c/a/5.csv", "dir", "x.tmp", "y/dir/6.csv"]),
        (["a/*.csv"], ["a/b/2.csv", "a/b/3.tmp", "b/4.csv", "c/a/5.csv", "dir", "x.tmp", "y/dir/6.csv"]),
        (["**/*.csv"], ["a/b/3.tmp", "dir", "x.tmp"]),
        (["*.csv", "!4.csv"], ["a/b/3.tmp", "b/4.csv", "dir", "x.tmp"]),
        (["# a remark", "", "?.tmp"], ["a/1.csv", "a/b/2.csv", "b/4.csv", "c/a/5.csv", "dir", "y/dir/6.csv"]),
    ],
)
def test_a_pattern_leaves_out_what_it_would_in_a_gitignore(patterns: list[str], kept: list[str]) -> None:
    """Names at any depth, folders by their slash, paths from the folder, `**`, and `!` to take back."""
    written(*TREE)
    assert sorted(found(*patterns)) == sorted(kept)


def test_random_patterns_mean_what_git_says() -> None:
    """In whatever order they stand, the same files are left as `git ls-files` gives."""
    written(*TREE)
    subprocess.run(["git", "init", "-q"], check=True)
    made = random.Random(1)
    for _ in range(60):
        patterns = made.sample(PATTERNS, made.randint(1, 4))
        Path(".git/info/exclude").write_text("\n".join(patterns))
        listed = subprocess.run(
            ["git", "ls-files", "--others", "--exclude-standard"], check=True, capture_output=True, text=True
        )
        assert sorted(found(*patterns)) == sorted(listed.stdout.split()), patterns


def test_patterns_count_from_the_folder_that_is_searched() -> None:
    """Not from the working directory."""
    written("p/a/1.csv", "p/b/2.csv")
    assert found("/a", folder="p") == ["b/2.csv"]


@pytest.mark.parametrize("patterns", ["*.tmp", ["!"], [5]])
def test_what_is_no_list_of_patterns_is_named(patterns: Any) -> None:
    """One text would be read as a pattern for each of its letters."""
    with pytest.raises(InvalidValueError, match=r"\*\.tmp"):
        list(ANYTHING(Path(), patterns))


def test_what_is_no_folder_is_named() -> None:
    """At the call, not when the first file is asked for."""
    written("file")
    with pytest.raises(MissingFileError, match="there is no folder none"):
        scan(Path("none"))
    with pytest.raises(WrongFileTypeError, match="file is a file"):
        scan(Path("file"))


def test_folders_that_may_not_be_looked_into_are_named(public: Path, as_nobody: Callable[[str], str]) -> None:
    """Closed ones, and those that can be listed but not entered or entered but not listed; the others' files come."""
    for name, mode in (("closed", 0o000), ("listed", 0o444), ("entered", 0o111), ("open", 0o755)):
        for file in (public / name / "a.csv", public / name / "work" / "b.csv"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("1")
        (public / name).chmod(mode)
    said = as_nobody('closed = []; print(*scan(Path("."), ["x/"], closed)); print(*sorted(closed))')
    assert said.split() == ["open/a.csv", "open/work/b.csv", "closed", "entered", "listed/work"]
    for folder in (".", "closed"):
        told = as_nobody(
            f"try:\n    print(list(scan(Path({folder!r}), [], [] if {folder!r} == 'closed' else None)))\n"
            "except OSError as error:\n    print(type(error).__name__, error)"
        )
        assert told.startswith("UnreadableFileError the folder")


def all_found(folder: str = ".") -> list[str]:
    return [path.relative_to(folder).as_posix() for path in every_file(Path(folder))]


def test_every_file_is_every_file() -> None:
    """Hidden ones, what tools made, and what links lead to."""
    names = [
        ".zgroup", "X/.zarray", "X/0.0", "node_modules/a.js", "lib/site-packages/b.py", "env/pyvenv.cfg",
        "nextflow.config", "work/c.txt", ".git/config", ".store/d", ".provgraph/e",
    ]  # fmt: skip
    written(*names)
    Path("linked").symlink_to("X")
    Path("link").symlink_to("X/0.0")
    assert sorted(all_found()) == sorted([*names, "linked/.zarray", "linked/0.0", "link"])


def test_what_provgraph_keeps_is_no_file_of_a_person() -> None:
    """Instances and the copies of a store are left out."""
    written(
        "a.csv", "sub/.provgraph/config.json", "data/.store/lab/graphs", "data/.store/lab/af/af13.csv", "data/b.csv"
    )
    assert all_found() == ["a.csv", "data/b.csv"]


def test_a_circle_of_links_is_named() -> None:
    """It would have no end; two links to each other's folders neither."""
    written("a/1.csv", "b/2.csv")
    Path("a/up").symlink_to("..")
    with pytest.raises(WrongFileTypeError, match="the link a/up leads back"):
        all_found()
    Path("a/up").unlink()
    Path("a/b").symlink_to("../b")
    Path("b/a").symlink_to("../a")
    with pytest.raises(WrongFileTypeError, match="leads back"):
        all_found()


def test_no_folder_is_passed_over_in_silence(public: Path, as_nobody: Callable[[str], str]) -> None:
    """Whether it may not be listed or not be entered."""
    for name, mode in (("closed", 0o000), ("listed", 0o444), ("entered", 0o111)):
        (public / name / "sub").mkdir(parents=True)
        (public / name).chmod(mode)
        said = as_nobody(
            f"try:\n    print(list(every_file(Path({name!r}))))\n"
            "except OSError as error:\n    print(type(error).__name__)"
        )
        assert said == "UnreadableFileError\n"
