"""Secrets do not reach the graph or the storage, by whatever way a run could bring them there."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import provgraph as pg
from provgraph.store import current
from tests.support.engines import on_local
from tests.support.scripts import execute

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "hunter2-and-more"  # noqa: S105 - it is what is looked for
SCRIPT = f"""
import provgraph as pg
import helper
password = "{SECRET}"
pg.track(params={{"password": password, "urls": ["ftp://ada:{SECRET}@lab/x"], "rate": 0.1}})
pg.Run(pg.context.transform, params={{"password": "{SECRET}"}}).save()
print("connected")
raise ValueError("cannot reach ftp://ada:{SECRET}@lab/x")
"""


def everything(store_folder: Path) -> Iterator[bytes]:
    """All that the graph holds, and all files of the instance but the engine's own log of it."""
    for row in current.existing().fetch(
        "MATCH (n) WHERE n.space = $space RETURN n {.*, created_at: null}", {"space": current.existing().space}
    ):
        yield json.dumps(row, default=str).encode()
    for path in store_folder.rglob("*"):
        if path.is_file() and "engine" not in path.relative_to(store_folder).parts[0]:
            yield path.read_bytes()


@on_local
@pytest.mark.usefixtures("store")
def test_a_script_s_secrets_are_not_kept(project: Path) -> None:
    """In its code, its modules, its parameters, its arguments, its error; what was left out is said."""
    Path("a.py").write_text(SCRIPT)
    Path("helper.py").write_text(f"client_secret = '{SECRET}'\n")
    done = execute("a.py", "--password", SECRET)
    assert done.returncode == 1
    for where in ("a.py", "helper.py", "the parameters", "the command's arguments", "the error"):
        assert f"! {where}: " in done.stderr
    run = pg.Run.filter(transform__key="a.py", status="errored").first()
    assert run is not None
    assert run.params == {"password": "<redacted>", "urls": ["ftp://ada:<redacted>@lab/x"], "rate": 0.1}
    assert run.argv == ["a.py", "--password", "<redacted>"]
    assert not [each for each in everything(project / ".provgraph") if SECRET.encode() in each]


@on_local
@pytest.mark.usefixtures("store")
def test_code_without_secrets_is_kept_letter_by_letter() -> None:
    """Also what speaks of passwords."""
    text = "import provgraph as pg\npg.track()\npassword = input('password: ')  # \u00e4\n"
    Path("a.py").write_text(text, encoding="utf-8")
    execute("a.py")
    source = pg.Artifact.filter(kind="source", key="a.py").one()
    assert source.path.read_text(encoding="utf-8") == text


@pytest.mark.usefixtures("store")
def test_parameters_of_any_kind_are_kept_without_secrets() -> None:
    """Those too that become texts or lists only when they are written, and numbers."""
    token = "ghp_" + 36 * "a"
    pg.track(
        transform=pg.Transform(name="fetch", type="function"),
        params={
            "tokens": {token},
            "password": 12345678,
            "args": argparse.Namespace(password=SECRET, rate=0.1),
            "loss_per_token": 0.0123456789012,
            "use_password": True,
        },
    )
    run = pg.context.run
    assert run is not None
    kept = {
        "tokens": ["<redacted>"],
        "password": "<redacted>",
        "args": "Namespace(password='<redacted>', rate=0.1)",
        "loss_per_token": 0.0123456789012,
        "use_password": True,
    }
    assert (run.params, pg.Run.get(run.uid).params) == (kept, kept)
    pg.finish()
