"""The tables are whole: every public name of Python, and every verb of the command, has its mistakes."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final

import provgraph as pg
from provgraph.cli import main
from provgraph.registries import Lookup, QuerySet
from provgraph.registries.lineage import Impact, Lineage
from provgraph.registries.transform import Predecessors
from provgraph.store.answers import Answer
from provgraph.store.instances.settings import Settings
from provgraph.tracking.context import Context
from provgraph.views.picture import Picture
from tests.mistakes.test_calls import MISTAKES
from tests.mistakes.test_commands import COMMANDS
from tests.mistakes.test_nowhere import NOWHERE

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORDS: Final = (pg.Artifact, pg.Run, pg.Transform, pg.Collection, pg.User, pg.Storage)
CLASSES: Final = (*RECORDS, QuerySet, Predecessors, Lookup, Lineage, Impact, Picture, Answer, Settings, Context, pg.Q)
"""What a person holds in hand: the records, and what their calls give."""
BETWEEN_ROOMS: Final = frozenset(
    {
        "Artifact.must_be_savable",
        "Artifact.note_saved",
        "Collection.must_be_savable",
        "Lineage.of",
        "QuerySet.holding",
        "Run.of",
        "Settings.follow_project",
        "Settings.join",
        "Settings.load",
        "Settings.tell",
        "Settings.tell_unknown",
        "Settings.damages",
        "Transform.must_be_savable",
    }
)
"""What provgraph's own rooms call; a person has no reason to."""
VALUES: Final = """
Answer.df Context.run Context.transform Record.as_dict Settings.as_dict Settings.where QuerySet.label
Artifact.facts Artifact.created_by Artifact.run Artifact.storage Artifact.transform
Collection.created_by Transform.created_by
Run.created_by Run.environment Run.finished_at Run.last_at Run.report Run.started_at Run.transform
Forms.to_dot Forms.to_json Forms.to_mermaid Forms.to_svg Lineage.to_networkx Lineage.to_py2neo
Lineage.artifact_uids Lineage.edges_df Lineage.nodes_df Lineage.nodes_rows Lineage.of_types Lineage.only
Lineage.results_of Lineage.roles_of Lineage.roots Lineage.run_uids Lineage.sources_of Lineage.transform_uids
Lineage.transforms
"""
KNOWN: Final = frozenset(VALUES.split())
"""What says what is known of a value, and of what is not known nothing: no mistake can be made with it."""


def public() -> Iterator[tuple[str, Any]]:
    """Give what is public by name: functions, classes, and the methods of these under the class that defines them."""
    for name in pg.__all__:
        value = getattr(pg, name)
        if inspect.isfunction(value) or inspect.isclass(value):
            yield name, value
    for kind in CLASSES:
        for each in kind.__mro__:
            if each.__module__.startswith(("provgraph.registries", "provgraph.views", "provgraph.ancestry")) or (
                each.__module__.startswith(("provgraph.store", "provgraph.tracking"))
            ):
                members = vars(each).items()
                yield from ((f"{each.__name__}.{name}", value) for name, value in members if _is_public(name, value))


def names() -> set[str]:
    """Give the public names."""
    return {name for name, _ in public()}


def _is_public(name: str, value: Any) -> bool:
    is_call = inspect.isfunction(value) or isinstance(value, classmethod | property)
    return is_call and not name.startswith(("_", "model_"))


def test_every_public_name_has_its_mistakes() -> None:
    """A new one fails here until the table says what goes wrong with it."""
    sections = {each.section for each in (*MISTAKES, *NOWHERE)}
    assert sorted(names() - sections - BETWEEN_ROOMS - KNOWN) == []
    assert sorted((BETWEEN_ROOMS | KNOWN) & sections) == []
    assert sorted((BETWEEN_ROOMS | KNOWN) - names()) == []


def test_a_mistake_stands_where_it_is_made() -> None:
    """What is typed has the name of its section; those of signs have none."""
    named = {each.typed: each.section.rpartition(".")[2] for each in (*MISTAKES, *NOWHERE)}
    typed = {each.typed: each.words() for each in (*MISTAKES, *NOWHERE)}
    assert [each for each, name in named.items() if name not in typed[each] and not name.startswith("__")] == []


def test_every_verb_has_its_mistakes() -> None:
    """A new command fails here until the table says what goes wrong with it."""
    assert sorted(set(main.commands) - {each.section for each in COMMANDS}) == []
