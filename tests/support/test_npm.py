"""The parsers from npm are fetched once, and missed with one line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support import npm

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("package", [npm.MERMAID, npm.GRAPHVIZ])
def test_a_package_is_the_version_that_is_named(package: tuple[str, str]) -> None:
    """The file that is needed is there, with what says how node reads it."""
    file = npm.file(package)
    facts = json.loads((file.parents[1] / "package.json").read_text(encoding="utf-8"))
    assert (file.is_file(), f"{facts['name']}@{facts['version']}") == (True, package[0])


def test_without_npm_tests_are_skipped_but_not_in_ci(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line says what to install, also when the package is there already; with CI=true it is a failure."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt-get install nodejs npm"):
        npm.file(npm.GRAPHVIZ)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="apt-get install nodejs npm"):
        npm.file(npm.GRAPHVIZ)
