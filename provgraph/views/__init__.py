"""Views turn a lineage or plain rows into text and HTML; they know no driver and no record.

The page itself is `provgraph.views.page.page`: here that name is the module.
"""

from provgraph.views.page import iframe
from provgraph.views.picture import Picture
from provgraph.views.saving import save
from provgraph.views.tables import repr_html, text_table
from provgraph.views.tree import lineage_tree, text

__all__ = ["Picture", "iframe", "lineage_tree", "repr_html", "save", "text", "text_table"]
