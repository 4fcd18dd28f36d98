"""The environment of a run: installed packages with versions, and which files belong to it and not to the user.

Names and versions are read from the names of `NAME-VERSION.dist-info` folders
(https://packaging.python.org/en/latest/specifications/recording-installed-packages/), which takes a few milliseconds
where importlib.metadata, which opens every file, takes hundreds.
"""

from __future__ import annotations

import json
import os
import re
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

PACKAGE_FOLDERS: Final = frozenset({"site-packages", "dist-packages"})
ENVIRONMENT_MARKS: Final = ("pyvenv.cfg", "conda-meta")


@dataclass(frozen=True)
class Package:
    """An installed distribution: its normalised name, its version, and the folder or file that describes it."""

    name: str
    version: str
    record: Path


def environment_text() -> str:
    """Describe the environment as a requirements file: Python and platform as comments, then a line a package.

    Equal environments give equal texts. Packages from a repository are written as `NAME @ git+URL@COMMIT`, editable
    ones with a comment; passwords in addresses are left out. Source of `direct_url.json`:
    https://packaging.python.org/en/latest/specifications/direct-url/

    >>> environment_text().splitlines()[0].startswith("# python 3.")
    True
    """
    version = ".".join(str(part) for part in sys.version_info[:3])
    header = [f"# python {version} ({sys.implementation.name})", f"# platform {sysconfig.get_platform()}"]
    return "\n".join([*header, *(_line(package) for package in installed_packages())]) + "\n"


def installed_packages(path: Iterable[str] | None = None) -> list[Package]:
    """List the installed distributions by name; of two with one name, the first on `path` (`sys.path`) counts."""
    found: dict[str, Package] = {}
    for folder in sys.path if path is None else path:
        for package in _packages_in(folder):
            found.setdefault(package.name, package)
    return [found[name] for name in sorted(found)]


def normal_name(name: str) -> str:
    """Write a distribution's name as the package index compares it.

    >>> normal_name("Scikit_Learn")
    'scikit-learn'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def public_url(url: str) -> str:
    """Give an address without user, password, query and fragment; what is not a URL is given back as it is.

    The user of `git@host:path` is no secret and stays.

    >>> public_url("https://me:secret@example.org:8443/a/b.git?token=1")
    'https://example.org:8443/a/b.git'
    >>> public_url("git@example.org:a/b.git")
    'git@example.org:a/b.git'
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.rpartition("@")[2]
    if "://" not in url:
        return url
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def in_environment(file: str, root: str | None = None) -> bool:
    """Tell whether a file belongs to Python or an environment, and not to the user's code below `root`.

    Environments are the standard library, `site-packages`, the scripts' folder, and folders with `pyvenv.cfg` or
    `conda-meta` between `root` and the file; `root` itself may be one. Frozen modules (`<frozen ...>`) belong too.

    >>> in_environment(os.__file__)
    True
    """
    if file.startswith("<") or any(_below(file, folder) for folder in _python_folders()):
        return True
    if PACKAGE_FOLDERS.intersection(Path(file).parts):
        return True
    return root is not None and _marked(Path(file).parent, Path(root))


@cache
def _python_folders() -> frozenset[str]:
    named = [Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib", "scripts")]
    return frozenset(str(each) for folder in named for each in (folder, folder.resolve()))


def _below(file: str, folder: str) -> bool:
    return file.startswith(folder.rstrip(os.sep) + os.sep)


@cache
def _marked(folder: Path, root: Path) -> bool:
    """Look for an environment's mark from `folder` upwards, below `root`."""
    if root not in folder.parents:
        return False
    return any((folder / mark).exists() for mark in ENVIRONMENT_MARKS) or _marked(folder.parent, root)


def _packages_in(folder: str) -> list[Package]:
    try:
        names = os.listdir(folder or ".")  # noqa: PTH208 - names alone, which is ten times as fast
    except OSError:
        return []
    found = [_package(Path(folder, name), name) for name in sorted(names) if name.endswith("-info")]
    return [each for each in found if each is not None]


def _package(record: Path, folder_name: str) -> Package | None:
    stem, _, kind = folder_name.rpartition(".")
    if kind not in {"dist-info", "egg-info"} or stem.startswith("~"):
        return None
    name, _, version = re.sub(r"-py\d[\d.]*$", "", stem).partition("-")
    version = version or _version_inside(record)
    return Package(normal_name(name), version, record) if name and version else None


def _version_inside(record: Path) -> str:
    """Read the version of an `.egg-info` whose name has none (setuptools' develop mode)."""
    try:
        text = (record / "PKG-INFO").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    found = re.search(r"^Version:\s*(\S+)", text, re.MULTILINE)
    return found[1] if found else ""


def _line(package: Package) -> str:
    """Write one package as pip freeze would, which alone of all says where it came from."""
    pinned = f"{package.name}=={package.version}"
    try:
        origin = json.loads((package.record / "direct_url.json").read_bytes())
        url = public_url(str(origin["url"]))
        if vcs := origin.get("vcs_info"):
            return f"{package.name} @ {vcs['vcs']}+{url}@{vcs['commit_id']}"
        editable = origin.get("dir_info", {}).get("editable", False)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return pinned
    if editable:
        return f"{pinned}  # editable, {url}"
    return f"{pinned}  # from {url}" if url.startswith("file:") else f"{package.name} @ {url}"
