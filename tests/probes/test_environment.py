"""Claims about installed packages and what code imports."""

from __future__ import annotations

import json
import platform
import sys
from importlib import metadata
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provgraph.probes.environment import (
    environment_text,
    in_environment,
    installed_packages,
    normal_name,
    public_url,
)
from provgraph.probes.imports import imported_names, imported_packages

if TYPE_CHECKING:
    from pathlib import Path


def test_the_text_lists_what_is_really_installed() -> None:
    """Names and versions are those that importlib.metadata reads from every file."""
    really = {normal_name(each.metadata["Name"]): each.version for each in reversed(list(metadata.distributions()))}
    assert {each.name: each.version for each in installed_packages()} == really


def test_the_text_has_a_header_and_sorted_lines() -> None:
    """Python's version and the platform are comments, then the packages follow in order; twice the same."""
    text = environment_text()
    lines = text.splitlines()
    assert lines[0] == f"# python {platform.python_version()} ({sys.implementation.name})"
    assert lines[1].startswith("# platform ")
    assert lines[2:] == sorted(lines[2:], key=lambda line: line.split("=")[0].split(" ")[0])
    assert text == environment_text()


def record(folder: Path, name: str, origin: object = None) -> None:
    """Make an installed distribution by its folder, with a `direct_url.json` when it has an origin."""
    (folder / name).mkdir()
    if origin is not None:
        (folder / name / "direct_url.json").write_text(json.dumps(origin))


def test_origins_are_kept_without_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Repositories, editable folders and addresses are written as pip would, without passwords; damage is no error."""
    url = "https://me:secret@example.org/a.git"
    record(tmp_path, "A_b.C-1.0.dist-info", {"url": url, "vcs_info": {"vcs": "git", "commit_id": "f00"}})
    record(tmp_path, "edit-2.dist-info", {"url": "file:///home/p", "dir_info": {"editable": True}})
    record(tmp_path, "folder-2.dist-info", {"url": "file:///home/p", "dir_info": {}})
    record(tmp_path, "wheel-3.dist-info", {"url": "https://example.org/w.whl?token=secret", "archive_info": {}})
    record(tmp_path, "odd-4.dist-info", ["?"])
    record(tmp_path, "~alf-4.dist-info")
    record(tmp_path, "egg-5.1-py3.11.egg-info")
    record(tmp_path, "develop.egg-info")
    (tmp_path / "develop.egg-info" / "PKG-INFO").write_text("Name: develop\nVersion: 6.1\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(tmp_path / "gone")])
    assert environment_text().splitlines()[2:] == [
        "a-b-c @ git+https://example.org/a.git@f00",
        "develop==6.1",
        "edit==2  # editable, file:///home/p",
        "egg==5.1",
        "folder==2  # from file:///home/p",
        "odd==4",
        "wheel @ https://example.org/w.whl",
    ]


def test_the_first_of_two_versions_counts(tmp_path: Path) -> None:
    """Of two distributions with one name, the one that Python would import is listed."""
    for folder, name in (("one", "Pack_age-1.dist-info"), ("two", "pack.age-2.dist-info")):
        (tmp_path / folder / name).mkdir(parents=True)
    found = installed_packages([str(tmp_path / "two"), str(tmp_path / "one")])
    assert [(each.name, each.version) for each in found] == [("pack-age", "2")]


@given(st.text(st.characters(codec="utf-8")), st.from_regex(r"[a-z]{3,9}", fullmatch=True))
def test_no_password_survives(secret: str, host: str) -> None:
    """Whatever precedes the host of an address is left out."""
    written = quote(secret, safe="!$&'()*+,;=:@")
    assert public_url(f"https://u:{written}@{host}/x") == f"https://{host}/x"


def test_files_of_python_are_told_from_the_users(tmp_path: Path) -> None:
    """The standard library, installed packages and frozen modules belong to the environment; a script does not."""
    assert all(in_environment(str(file)) for file in (json.__file__, pytest.__file__, "<frozen importlib>"))
    assert not in_environment(str(tmp_path / "a.py"), str(tmp_path))


def test_imports_become_distributions_with_versions() -> None:
    """A module's distribution is found by its own or another name; the standard library and local modules are not."""
    code = ["import sklearn.metrics, numpy as np", "from PIL import Image\nimport yaml, os", "import my_helpers"]
    if not {"scikit-learn", "pillow"} <= {each.name for each in installed_packages()}:
        code[:2] = ["import _pytest", "import dateutil, os"]
    found = imported_packages(code)
    owners = metadata.packages_distributions()
    tops = {name.split(".")[0] for cell in code for name in imported_names(cell)} - sys.stdlib_module_names
    expected = {normal_name(each) for top in tops for each in owners.get(top, [])}
    assert set(found) == expected
    assert found == {name: metadata.version(name) for name in sorted(found)}
    assert len(found) > 1


def test_packages_that_share_a_name_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the distributions below one namespace, only the imported one is named; a compiled module is found too."""
    files = {
        "space_one-1.dist-info": "space/one/__init__.py,,\n",
        "space_two-2.dist-info": "space/two/__init__.py,,\n",
        "fast-3.dist-info": "quick.cpython-311-x86_64-linux-gnu.so,,\n",
    }
    for name, listed in files.items():
        record(tmp_path, name)
        (tmp_path / name / "RECORD").write_text(listed)
    record(tmp_path, "develop-4.dist-info")
    (tmp_path / "develop-4.dist-info" / "top_level.txt").write_text("devpack\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    code = "from space.two import thing\nimport quick, devpack"
    assert imported_packages(code) == {"develop": "4", "fast": "3", "space-two": "2"}


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("%matplotlib inline\nimport a", {"a"}),
        ("%%time\nimport a", {"a"}),
        ("%%bash\nimport a", set()),
        ("!pip install x\nimport a.b", {"a.b"}),
        ("files = !ls\nfound, = %who\nimport a", {"a"}),
        ("if True:\n    %time x = 1\nimport a", {"a"}),
        ("help?\na.b??\n?c\nimport a", {"a"}),
        ("from . import a\nfrom .b import c", set()),
        ("from a import *\nfrom b.c import d", {"a", "b.c.d"}),
        ("def f():\n    try:\n        import a\n    except ImportError: pass", {"a"}),
        ("not python at all\nimport a", set()),
        ("x = 5 %y\nimport a", {"a"}),
        ("\0", set()),
    ],
)
def test_magics_do_not_hide_imports(cell: str, names: set[str]) -> None:
    """Magics, shell lines and help are passed over, and a cell that is not Python imports nothing."""
    assert imported_names(cell) == names


@given(st.text())
def test_any_text_is_taken(cell: str) -> None:
    """Whatever a cell holds, nothing is raised."""
    assert isinstance(imported_packages(cell), dict)
