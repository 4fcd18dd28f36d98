"""Claims about the imported modules of the user's project."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from provgraph.probes.code import content_hash
from provgraph.probes.modules import LARGEST
from tests.support.processes import surroundings

if TYPE_CHECKING:
    from pathlib import Path

REPORT = """
import json
from pathlib import Path
from provgraph.probes.modules import local_modules
facts = local_modules(Path({root!r}), Path(__file__))
print(json.dumps([[f.path, f.hash, f.content.decode(), f.changed_since_import, f.note] for f in facts]))
"""


def reported(root: Path, script: str, before: str = "") -> list[list[object]]:
    """Run a script in `root` that imports and then reports its local modules."""
    main = root / "main.py"
    main.write_text(script + "\n" + before + REPORT.format(root=str(root)))
    environment = surroundings()
    command = [sys.executable, str(main)]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True, timeout=60)
    answer = json.loads(done.stdout)
    assert isinstance(answer, list)
    return answer


def write(path: Path, text: str = "") -> Path:
    """Write a file that is older than every process of these tests."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def test_imported_modules_below_the_root_are_listed(tmp_path: Path) -> None:
    """Modules, packages and namespace packages are listed in order; what was not imported is not, nor the script."""
    for name in ("z.py", "unused.py", "pkg/__init__.py", "pkg/mod.py", "space/inner.py"):
        write(tmp_path / name, f"name = {name!r}\n")
    facts = reported(tmp_path, "import z, pkg.mod, space.inner, json, blake3")
    assert [each[0] for each in facts] == ["pkg/__init__.py", "pkg/mod.py", "space/inner.py", "z.py"]
    assert facts[-1] == ["z.py", content_hash(b"name = 'z.py'\n"), "name = 'z.py'\n", False, ""]


def test_environments_below_the_root_are_left_out(tmp_path: Path) -> None:
    """Neither site-packages nor a folder of pyvenv.cfg or conda-meta is the user's, even below the root."""
    write(tmp_path / ".venv" / "lib" / "site-packages" / "inside.py")
    write(tmp_path / "env" / "lib" / "standard.py")
    write(tmp_path / "env" / "pyvenv.cfg")
    write(tmp_path / "conda" / "lib" / "other.py")
    (tmp_path / "conda" / "conda-meta").mkdir()
    write(tmp_path / "mine.py")
    folders = [str(tmp_path / each) for each in (".venv/lib/site-packages", "env/lib", "conda/lib")]
    facts = reported(tmp_path, f"import sys; sys.path += {folders}\nimport inside, standard, other, mine")
    assert [each[0] for each in facts] == ["mine.py"]


def test_a_root_that_is_itself_an_environment_has_modules(tmp_path: Path) -> None:
    """A `pyvenv.cfg` in the root itself does not hide the user's modules."""
    write(tmp_path / "pyvenv.cfg")
    write(tmp_path / "mine.py")
    assert [each[0] for each in reported(tmp_path, "import mine")] == ["mine.py"]


def test_a_module_that_changed_since_is_marked(tmp_path: Path) -> None:
    """A file that is newer than the process is marked, and its content is what is on disk now."""
    write(tmp_path / "a.py", "a = 1\n")
    write(tmp_path / "b.py", "b = 1\n")
    edit = "import os, time; print('a = 2', end='', file=open('a.py', 'w')); os.utime('a.py', (time.time() + 5,) * 2)"
    facts = reported(tmp_path, "import a, b", edit)
    assert [(each[0], each[2], each[3]) for each in facts] == [("a.py", "a = 2", True), ("b.py", "b = 1\n", False)]


def test_large_and_lost_modules_are_named(tmp_path: Path) -> None:
    """A module above the bound or gone from disk is listed with a note, without content, and nothing is raised."""
    write(tmp_path / "large.py", "#" * (LARGEST + 1))
    write(tmp_path / "lost.py")
    facts = reported(tmp_path, "import large, lost", "import os; os.remove('lost.py')")
    assert [(each[0], each[1], each[2]) for each in facts] == [("large.py", "", ""), ("lost.py", "", "")]
    assert str(facts[0][4]).startswith("not kept: 5000001 bytes")
    assert str(facts[1][4]).startswith("not read")


def test_a_pyc_stands_for_its_source(tmp_path: Path) -> None:
    """A module loaded from a `.pyc` beside its source is listed as that source; without one it is left out."""
    write(tmp_path / "a.py", "a = 1\n")
    load = (
        "import py_compile, importlib.util, sys\n"
        "for name, keep in (('a', True), ('b', False)):\n"
        "    open(name + '.py', 'a').close(); file = py_compile.compile(name + '.py', name + '.pyc')\n"
        "    spec = importlib.util.spec_from_file_location(name, file)\n"
        "    sys.modules[name] = importlib.util.module_from_spec(spec)\n"
        "import os; os.remove('b.py')"
    )
    assert [each[0] for each in reported(tmp_path, load)] == ["a.py"]


def test_a_linked_module_is_listed_where_it_really_lies(tmp_path: Path) -> None:
    """A root that is reached through a link gives the same paths."""
    real = tmp_path / "real"
    write(real / "mine.py")
    (tmp_path / "link").symlink_to(real)
    assert [each[0] for each in reported(tmp_path / "link", "import mine")] == ["mine.py"]
