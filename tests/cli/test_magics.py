"""`%load_ext provgraph`: Cypher in the cells of a notebook, in a real kernel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import nbclient
import nbformat
import pytest
from nbformat import v4

import provgraph as pg
from tests.support.engines import on_local

if TYPE_CHECKING:
    from provgraph.store.store import Store

pytestmark = on_local


@pytest.fixture(autouse=True)
def instance(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """An instance whose space is this test's own, and kernels that find provgraph."""
    assert store
    monkeypatch.setenv("PYTHONPATH", str(Path(pg.__file__).parents[1]))
    run = pg.Run(pg.Transform(name="clean").save()).save()
    Path("made.txt").write_text("1")
    pg.Artifact("made.txt", key="made.txt", run=run).save()


def outputs(*cells: str) -> list[str]:
    """Execute cells after the extension is loaded, and give what each shows: HTML, else text, else its error."""
    content = v4.new_notebook(cells=[v4.new_code_cell(each) for each in ("%load_ext provgraph", *cells)])
    where = {"metadata": {"path": str(Path.cwd())}}
    nbclient.NotebookClient(content, kernel_name="python3", resources=where, allow_errors=True).execute()
    return ["\n".join(map(_shown, cell.outputs)) for cell in content.cells[1:]]


def _shown(output: nbformat.NotebookNode) -> str:
    data = output.get("data", {})
    error = f"{output.get('ename')}: {output.get('evalue')}" if output.output_type == "error" else ""
    return str(data.get("text/html") or data.get("text/plain") or output.get("text") or error)


def test_a_line_and_a_cell_give_frames() -> None:
    """Variables of the notebook are parameters; `>> name` keeps the result and shows nothing."""
    shown = outputs(
        "%cypher MATCH (t:Transform {space: 'nowhere'}) RETURN t.name AS name",
        "name = 'clean'\nimport provgraph as pg\nstep = pg.Transform.get(name=name)",
        "%%cypher\nMATCH (t:Transform {uid: $step})\nWHERE t.name = $name // and no $nothing\nRETURN t.name AS n",
        "%%cypher >> found\nMATCH (t:Transform {uid: $step}) RETURN t.name AS n, t AS node",
        "print(found.n[0], type(found.node[0]).__name__, found.columns.tolist())",
        "other = %cypher RETURN 1 AS one\nprint(other.one[0])",
    )
    assert "<th></th>\n      <th>name</th>" in shown[0]
    assert "<td>clean</td>" in shown[2]
    assert (shown[3], shown[4].strip().splitlines()[-1]) == ("", "clean Transform ['n', 'node']")
    assert shown[5].strip().endswith("1")


def test_a_variable_on_a_line_is_a_parameter_and_never_text_of_the_query() -> None:
    """Texts, records and maps in braces: IPython pastes nothing, so that no value can be a piece of Cypher."""
    shown = outputs(
        """name, n = "clean", 3\nimport provgraph as pg\nstep = pg.Transform.get(name=name)""",
        "%cypher MATCH (t:Transform {uid: $step}) WHERE t.name = $name RETURN t.name AS name",
        "%cypher RETURN {n: 5} AS map",
        "%cypher RETURN '{n}' AS text",
        """name = "'x' OR true DETACH DELETE t //\"""",
        "%cypher --write MATCH (t:Transform {uid: $step}) WHERE t.name = $name RETURN t.name AS name",
        "found = %cypher RETURN $name AS name\nprint(found.name[0] == name)",
        "%cypher MATCH (t:Transform {uid: $step}) RETURN 'still ' + t.name AS name",
    )
    assert "<td>clean</td>" in shown[1]
    assert "<td>{'n': 5}</td>" in shown[2]
    assert "<td>{n}</td>" in shown[3]
    assert "<th>name</th>" in shown[5]
    assert "<td>" not in shown[5]
    assert shown[6].strip().endswith("True")
    assert "<td>still clean</td>" in shown[7]


def test_a_graph_is_a_picture() -> None:
    """The runs and artifacts of the rows, in a frame of its own."""
    query = "MATCH (a:Artifact {uid: $made})-[:OUTPUT_OF]->(r) RETURN a, r"
    made = "import provgraph as pg\nmade = pg.Artifact.get(key='made.txt')"
    shown = outputs(made, f"%cypher --graph {query}", f"%cypher --graph {query} >> g", "print(len(g), len(g.edges))")
    assert "<iframe" in shown[1]
    assert "made.txt" in shown[1]
    assert (shown[2], shown[3].strip()) == ("", "2 1")


def test_mistakes_are_one_message_without_a_stack() -> None:
    """Of the query, of a variable that there is not, of an option, of writing."""
    shown = outputs(
        "%cypher RETRUN 1",
        "%cypher RETURN $nothing AS x",
        "%%cypher --grph\nRETURN 1",
        "%cypher CREATE (m:Moment {space: 'moments'})",
        "%cypher --write CREATE (m:Moment {space: 'moments'}) DELETE m RETURN 1 AS done",
    )
    assert "RETRUN 1\n" in shown[0]
    assert "there is no variable of that name" in shown[1]
    assert "'--grph' is no option of %%cypher" in shown[2]
    assert "only reading is allowed" in shown[3]
    assert not any("Traceback" in each or "neo4j/" in each for each in shown)
    assert "<td>1</td>" in shown[4]
