"""What every call says where `.provgraph` is no instance: also of those with which nothing else can go wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

import provgraph as pg
from provgraph import errors
from tests.mistakes import table

if TYPE_CHECKING:
    from pathlib import Path

    from tests.mistakes.table import Mistake

NOWHERE: Final = table.read("nowhere")


@pytest.mark.parametrize("mistake", NOWHERE, ids=lambda each: each.typed)
def test_in_a_damaged_project_every_call_says_what_is_damaged(mistake: Mistake, project: Path) -> None:
    """The file that is in the way stays, and nothing is put beside it."""
    (project / ".provgraph").write_text("a file")
    with pytest.raises(errors.ProvgraphError) as raised:
        table.do(mistake.typed, {"pg": pg})
    assert type(raised.value).__name__ == mistake.kind
    assert mistake.fits(str(raised.value)), ascii(str(raised.value))
    assert [each.name for each in project.iterdir()] == [".provgraph"]
