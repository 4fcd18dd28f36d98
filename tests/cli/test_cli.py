"""The `provgraph` command: what each word does, prints and refuses."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import provgraph as pg
from provgraph.cli import main
from provgraph.engines.local import LocalEngine
from provgraph.store import current
from tests.support.commands import answer, process, provgraph, refusal
from tests.support.engines import on_local
from tests.support.processes import surroundings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provgraph.store.store import Store


def written(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(name)


@pytest.fixture
def flow(store: Store) -> tuple[pg.Artifact, pg.Artifact]:
    """Two artifacts, one made from the other."""
    written("in.csv", "out.csv")
    made = [pg.Run(pg.Transform(name=name).save(), params={"cutoff": 0.5}) for name in ("Make", "Find hits")]
    make, read = (each.save() for each in made)
    source = pg.Artifact("in.csv", key="in.csv", run=make).save()
    source.cache(is_run_input=read)
    return source, pg.Artifact("out.csv", key="out.csv", run=read, description="the hits").save()


# Every command


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_explains_itself(name: str) -> None:
    """`--help` and `-h` print what it does, and each option has a help or shows its choices."""
    said = answer(name, "--help")
    assert said == answer(name, "-h")
    assert (main.commands[name].help or "").split(".")[0] in said
    options = [each.to_info_dict() for each in main.commands[name].params if each.param_type_name == "option"]
    assert [each["name"] for each in options if not each.get("help") and each["type"]["param_type"] != "Choice"] == []


def test_the_whole_explains_itself() -> None:
    """It names the commands, and says its version."""
    said = answer("--help")
    assert all(f"  {name} " in said for name in main.commands)
    assert answer("--version") == f"provgraph, version {pg.__version__}\n"


def test_adding_with_recording_off_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """And keeps nothing."""
    Path("a.csv").write_text("1")
    monkeypatch.setenv("PROVGRAPH_MODE", "off")
    assert answer("add", ".") == "recording is off: nothing is kept\n"
    assert not Path(".provgraph").exists()


def test_what_is_no_command_is_refused() -> None:
    """As click does: with 2, and without a stack."""
    done = provgraph("lineag", "x")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "No such command 'lineag'" in done.stderr


@pytest.mark.parametrize(
    "words",
    [["info"], ["view"], ["get", "x"], ["lineage", "x"], ["cypher", "RETURN 1"], ["delete"], ["stop"]],
)
def test_without_an_instance_nothing_is_made(words: list[str], project: Path) -> None:
    """Every command that looks says in one line that there is none."""
    assert "there is no instance in" in refusal(*words)
    assert not (project / ".provgraph").exists()


# The instance


def test_init_makes_an_instance_and_can_be_repeated(project: Path) -> None:
    """With its name and storage; the second time nothing else is changed."""
    done = provgraph("init", "--name", "screen", "--storage", "mydata")
    assert done.exit_code == 0
    assert done.stderr.startswith(
        "→ provgraph: screen on local engine in ./.provgraph, storage ./mydata, user testuser1"
    )
    assert (done.stdout, (project / "mydata").is_dir()) == ("", True)
    assert provgraph("init").stderr == done.stderr


def test_init_of_another_folder(project: Path) -> None:
    """A folder that is not there is refused by click."""
    (project / "other").mkdir()
    assert provgraph("init", "other").exit_code == 0
    assert (project / "other" / ".provgraph").is_dir()
    assert provgraph("init", "nowhere").exit_code == 2
    current.close()
    LocalEngine(project / "other" / ".provgraph").stop()


def test_init_refuses_what_cannot_be(project: Path) -> None:
    """A name, an address: one line each, and no instance."""
    assert "cannot name a space" in refusal("init", "--name", "a b")
    assert "neo4j://host:7687" in refusal("init", "--url", "http://localhost:7474")
    assert "'' cannot name a space" in refusal("init", "--name", "")
    assert "'' is not the address of a Neo4j server" in refusal("init", "--url", "")
    assert "storage='' is no path" in refusal("init", "--storage", "")
    assert not (project / ".provgraph").exists()


def test_connect_to_what_is_not_there(project: Path) -> None:
    """Neither a server nor a folder with an instance; nothing is made."""
    done = provgraph("connect", "bolt://127.0.0.1:1")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: no engine answers at bolt://127.0.0.1:1")
    assert "provgraph" in refusal("connect", "nowhere")
    assert not (project / ".provgraph").exists()


def test_connect_to_a_folder_shows_its_store(project: Path) -> None:
    """As in Python, for this process; nothing of the working directory's project changes."""
    pg.init()
    (project / "other").mkdir()
    pg.init("other", name="second")
    current.close()
    done = provgraph("connect", "other")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr.startswith("→ provgraph: second on local engine in ./other/.provgraph")
    current.close()
    assert json.loads(process("info", "--json").stdout)["space"] == "my_project"
    LocalEngine(project / "other" / ".provgraph").stop()


def test_the_package_is_the_command() -> None:
    """`python -m provgraph` does what `provgraph` does."""
    command = [sys.executable, "-P", "-m", "provgraph", "--version"]
    environment = surroundings()
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stdout) == (0, f"provgraph, version {pg.__version__}\n"), done.stderr


def test_info_says_which_store_this_is(store: Store) -> None:
    """A line each, or JSON."""
    facts = json.loads(answer("info", "--json"))
    assert facts == pg.info()
    assert facts["space"] == store.space
    lines = dict(line.split(maxsplit=1) for line in answer("info").splitlines())
    assert {name: value.strip() for name, value in lines.items()} == facts


def test_login_is_kept_for_the_next_command(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the logout."""
    monkeypatch.delenv("PROVGRAPH_USER")
    monkeypatch.setenv("LOGNAME", "scientist")
    assert process("login", "testuser2", "--name", "Test User2").returncode == 0
    assert process("init").returncode == 0
    assert json.loads(process("info", "--json").stdout)["user"] == "testuser2"
    assert process("logout").stderr == "→ logged out\n"
    assert json.loads(process("info", "--json").stdout)["user"] == "scientist"
    assert "cannot be a handle" in refusal("login", "two words")


def test_stop_ends_the_engine_and_it_starts_again(project: Path) -> None:
    """What was saved is there."""
    pg.init()
    pg.Transform(name="step").save()
    owner = LocalEngine(project / ".provgraph").owner()
    assert owner is not None
    assert process("stop").stderr == "→ stopped the local engine\n"
    assert not owner.is_alive()
    assert process("stop").stderr == "→ the local engine was not running\n"
    assert "step" in process("get", "step").stdout


@pytest.mark.usefixtures("own_engine", "store")
def test_delete_asks_for_force(project: Path) -> None:
    """Without it an instance with records stays; with it all is gone."""
    pg.Transform(name="step").save()
    assert "holds 1 record." in refusal("delete")
    assert pg.Transform.filter().count() == 1
    done = provgraph("delete", "--force")
    assert done.exit_code == 0
    assert f"→ deleted {project / '.provgraph'}" in done.stderr
    assert not (project / ".provgraph").exists()


# Records


@pytest.mark.usefixtures("store")
def test_add_takes_in_a_folder() -> None:
    """`--dry-run` lists what would be taken, `--exclude` leaves out, and a second time nothing is new."""
    written("data/a.csv", "data/b/c.csv", "data/b/d.tmp", "data/.hidden/e.csv")
    assert answer("add", "data", "--dry-run", "--exclude", "*.tmp").split() == [
        str(Path("data/a.csv").absolute()),
        str(Path("data/b/c.csv").absolute()),
    ]
    assert pg.Artifact.filter().count() == 0
    for _ in range(2):
        assert answer("add", "data", "--exclude", "*.tmp") == "registered 2 files\n"
        assert pg.Artifact.filter().order_by("key").list("key") == ["data/a.csv", "data/b/c.csv"]
    assert answer("add", "data", "--exclude", "b/", "--exclude", "a*") == "registered 0 files\n"
    assert provgraph("add", "nowhere").exit_code == 2


@pytest.mark.usefixtures("flow")
def test_view_shows_the_recent_records() -> None:
    """Of every registry that has some."""
    said = answer("view")
    assert all(word in said for word in ("Artifact", "Run", "Transform", "User", "out.csv", "Find hits", "testuser1"))
    assert "Collection" not in said
    assert "in.csv" in said
    assert "in.csv" not in answer("view", "--limit", "1")
    assert answer("view", "--limit", "0") == ""


@pytest.mark.usefixtures("store")
def test_view_of_an_empty_store_says_how_to_begin() -> None:
    """Until something is recorded."""
    assert "Nothing is recorded yet: call pg.track()" in answer("view")


def test_get_shows_a_record_by_its_key_name_or_uid(flow: tuple[pg.Artifact, pg.Artifact]) -> None:
    """Or the beginning of its uid; as lines, with who made it and how, or as JSON; `--load` gives the file's path."""
    _, hits = flow
    assert hits.run is not None
    said = {
        name: value.strip()
        for name, value in (line.split(maxsplit=1) for line in answer("get", "out.csv").splitlines())
    }
    assert (said["transform"], said["created_by"]) == ("Find hits", "testuser1")
    assert said["run"].endswith(f"({hits.run.uid})")
    for word in ("out.csv", hits.uid, hits.uid[:8]):
        shown = json.loads(answer("get", word, "--json"))
        assert (shown["registry"], shown["uid"], shown["description"]) == ("Artifact", hits.uid, "the hits")
        assert (shown["transform"]["name"], shown["created_by"]["handle"]) == ("Find hits", "testuser1")
        assert (shown["run"]["uid"], shown["run"]["params"]) == (hits.run.uid, {"cutoff": 0.5})
    pg.Artifact("in.csv", key="raw.csv", run=False).save()
    raw = json.loads(answer("get", "raw.csv", "--json"))
    assert (raw["run"], raw["transform"]) == (None, None)
    assert json.loads(answer("get", "Find hits", "--json"))["registry"] == "Transform"
    assert json.loads(answer("get", "testuser1", "--json"))["registry"] == "User"
    pg.Collection([hits], name="results", key="2026/results").save()
    for word in ("results", "2026/results"):
        assert json.loads(answer("get", word, "--json"))["registry"] == "Collection"
    assert json.loads(answer("get", hits.run.uid, "--json"))["registry"] == "Run"
    assert "the hits" in answer("get", "out.csv")
    before = pg.Run.filter(inputs=hits).count()
    assert Path(answer("get", "out.csv", "--load").strip()).read_text() == "out.csv"
    assert pg.Run.filter(inputs=hits).count() == before


@pytest.mark.usefixtures("flow")
def test_get_gives_the_latest_version_of_a_key() -> None:
    """Older ones are found by their uid."""
    Path("out.csv").write_text("newer")
    newer = pg.Artifact("out.csv", key="out.csv").save()
    assert json.loads(answer("get", "out.csv", "--json"))["uid"] == newer.uid


@on_local
@pytest.mark.usefixtures("flow")
def test_get_of_what_is_not_there_names_the_near_keys() -> None:
    """In one line, with 1 and no stack."""
    assert refusal("get", "outt.csv") == (
        "Error: no record has the key, name or uid 'outt.csv'. Did you mean 'out.csv'?"
    )
    done = process("get", "outt.csv")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Did you mean 'out.csv'?" in done.stderr
    assert "Traceback" not in done.stderr


def test_load_of_a_record_without_a_file_is_one_line(flow: tuple[pg.Artifact, pg.Artifact]) -> None:
    """A transform has no file; a file that was removed is named."""
    assert "has no file. Name an artifact." in refusal("get", "Find hits", "--load")
    flow[1].path.unlink()
    assert "is not on this host" in refusal("get", "out.csv", "--load")


@pytest.mark.usefixtures("flow")
def test_lineage_is_a_tree_or_a_page(project: Path) -> None:
    """A record names itself, what it was made from, and what was made from it."""
    for word in ("out.csv", "Find hits"):
        said = answer("lineage", word)
        assert all(name in said for name in ("in.csv", "Find hits"))
        assert "\x1b" not in said
    assert "in.csv" not in answer("lineage", "out.csv", "--direction", "downstream")
    assert "out.csv" not in answer("lineage", "in.csv", "--direction", "upstream")
    assert answer("lineage", "out.csv", "--html", "page.html").strip().endswith("page.html")
    page = (project / "page.html").read_text(encoding="utf-8")
    assert "<html" in page
    assert "in.csv" in page
    assert "Did you mean 'in.csv'" in refusal("lineage", "n.csv")


# Cypher


QUERY = "MATCH (a:Artifact) WHERE a.space = $space RETURN a.key AS key, a.deleted_by AS nobody ORDER BY key"


def asked(store: Store, *arguments: str, query: str = QUERY, stdin: str | None = None) -> str:
    return answer("cypher", query, "--param", f"space={store.space}", *arguments, stdin=stdin)


@pytest.mark.usefixtures("flow")
def test_cypher_prints_a_table_csv_or_json(store: Store) -> None:
    """What is null is empty in a table and in CSV, and null in JSON."""
    assert json.loads(asked(store, "--format", "json")) == [
        {"key": "in.csv", "nobody": None},
        {"key": "out.csv", "nobody": None},
    ]
    assert list(csv.reader(io.StringIO(asked(store, "--format", "csv")))) == [
        ["key", "nobody"],
        ["in.csv", ""],
        ["out.csv", ""],
    ]
    assert cells(asked(store)) == [["key", "nobody"], ["in.csv", ""], ["out.csv", ""]]


def test_numbers_that_json_has_not_are_null(store: Store) -> None:
    """NaN and infinity, also within lists and maps."""
    assert store
    printed = answer("cypher", "--format", "json", "RETURN [0.0 / 0.0, 1.5, {x: 1.0 / 0.0}] AS x")
    assert json.loads(printed, parse_constant=pytest.fail) == [{"x": [None, 1.5, {"x": None}]}]


@pytest.mark.usefixtures("flow")
def test_cypher_reads_the_standard_input(store: Store) -> None:
    """With `-`, and without a query."""
    expected = asked(store, "--format", "json")
    assert asked(store, "--format", "json", query="-", stdin=QUERY) == expected
    assert answer("cypher", "--param", f"space={store.space}", "--format", "json", stdin=QUERY) == expected


def test_cypher_without_rows_names_the_columns(store: Store) -> None:
    """Also in CSV, so that a program can read it."""
    assert asked(store, "--format", "csv").splitlines() == ["key,nobody"]
    assert json.loads(asked(store, "--format", "json")) == []
    assert cells(asked(store)) == [["key", "nobody"]]


@pytest.mark.usefixtures("store")
def test_cypher_writes_only_when_that_is_allowed() -> None:
    """The refusal says how."""
    query = "MATCH (t:Transform {uid: $uid}) SET t.description = 'x' RETURN t.description AS d"
    step = pg.Transform(name="step").save()
    said = refusal("cypher", query, "--param", f"uid={step.uid}")
    assert "only reading is allowed" in said
    assert "--write" in said
    assert "only reading is allowed" in refusal("cypher", query, "--param", f"uid={step.uid}")
    assert pg.Transform.get(step.uid).description is None
    said = answer("cypher", query, "--param", f"uid={step.uid}", "--write", "--format", "json")
    assert json.loads(said) == [{"d": "x"}]
    assert pg.Transform.get(step.uid).description == "x"


@pytest.mark.usefixtures("store")
def test_a_wrong_query_is_an_error_without_a_stack() -> None:
    """The engine's own sentence is shown."""
    done = provgraph("cypher", "MATCH (n RETURN n")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "Error: the query is wrong: " in done.stderr
    assert "Traceback" not in done.stderr
    missing = provgraph("cypher", "RETURN $nothing AS n")
    assert missing.exit_code == 1 or missing.stdout


@pytest.mark.parametrize("param", ["x", "=1", "a b=1", "1x=1"])
def test_a_parameter_that_is_none_is_refused(param: str) -> None:
    """Before anything is asked."""
    done = provgraph("cypher", "RETURN $x AS x", "--param", param)
    assert done.exit_code == 2
    assert "is not NAME=VALUE" in done.stderr


@pytest.mark.usefixtures("store")
def test_a_parameter_s_value_may_hold_what_it_likes() -> None:
    """Also `=`, quotes and nothing."""
    for value in ("a=b", 'it\'s "so"', "", "[bold]x[/bold]"):
        said = answer("cypher", "RETURN $x AS x", "--param", f"x={value}", "--format", "json")
        assert json.loads(said) == [{"x": value}]
    assert "[bold]x[/bold]" in answer("cypher", "RETURN $x AS x", "--param", "x=[bold]x[/bold]")


@pytest.mark.usefixtures("store")
def test_a_parameter_that_is_json_has_its_type() -> None:
    """A number can be compared; quotes keep it a text."""
    query = "RETURN $n + 1 AS sum, $t AS text, $l AS list"
    said = answer("cypher", query, "--param", "n=3", "--param", 't="3"', "--param", 'l=["a"]', "--format", "json")
    assert json.loads(said) == [{"sum": 4, "text": "3", "list": ["a"]}]


@on_local
@pytest.mark.usefixtures("flow")
def test_a_pipe_gets_the_answer_alone(store: Store) -> None:
    """What is said about the store goes to the error stream, so that a program can read the output."""
    done = process("cypher", QUERY, "--param", f"space={store.space}", "--format", "csv")
    assert done.stdout.splitlines() == ["key,nobody", "in.csv,", "out.csv,"]
    assert done.stderr.startswith("→ provgraph: ")


def cells(table: str) -> Iterable[list[str]]:
    """Read a table of lines back."""
    lines = [line for line in table.splitlines() if line[:1] in {"┃", "│", "|"}]
    return [[cell.strip() for cell in line.replace("┃", "│").strip("│|").split("│")] for line in lines]
