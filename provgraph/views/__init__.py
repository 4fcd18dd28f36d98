"""Views turn a lineage or plain rows into text and HTML; they know no driver and no record.

Their names are imported when they are used: most processes track and save, and draw nothing. The page itself is
`provgraph.views.page.page`: here that name is the module.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from provgraph.views.page import iframe
    from provgraph.views.picture import Picture
    from provgraph.views.saving import save
    from provgraph.views.tables import repr_html, text_table
    from provgraph.views.tree import lineage_tree, text

__all__ = ["Picture", "iframe", "lineage_tree", "repr_html", "save", "text", "text_table"]

_MODULES: Final = {
    "Picture": "picture",
    "iframe": "page",
    "lineage_tree": "tree",
    "repr_html": "tables",
    "save": "saving",
    "text": "tree",
    "text_table": "tables",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for from its module."""
    if name not in _MODULES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
