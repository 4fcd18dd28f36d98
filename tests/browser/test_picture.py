"""The picture, its panel, search and keys in a real browser."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from provgraph.ancestry import Input, Output, Rows, among, build
from tests.views.conftest import FIGURE, REVIEW, file_facts, run_facts

if TYPE_CHECKING:
    from collections.abc import Callable

    from provgraph.ancestry import Lineage
    from tests.browser.conftest import Sheet

    Open = Callable[..., Sheet]

CELL_RANGER = "run4CellRanger000000"
PAINTED = """() => {
  const canvas = document.querySelector("#picture canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((value, place) => place % 4 === 3 && value > 0).length;
}"""


def test_all_records_and_edges_are_drawn_without_a_network(opened: Open, project: Lineage) -> None:
    """The page opens from a file with every host unresolvable, loads nothing but itself, and paints the picture."""
    sheet = opened(project)
    assert sheet.drawn() == (17, 19)
    assert sheet.shown() == set(project.nodes)
    assert sheet.run(PAINTED) > 10_000
    assert [url.rsplit("/", 1)[-1] for url in sheet.loaded] == ["page0.html"]
    assert sheet.page.locator("#expand").is_hidden()


def test_nothing_is_cut_off_when_the_page_opens(opened: Open, project: Lineage) -> None:
    """Neither a box nor a label lies across the border of the picture, also when the window becomes smaller."""
    sheet = opened(project)
    corners = """(id) => {
      const { left, top, right, bottom } = network.getBoundingBox(id);
      return [network.canvasToDOM({ x: left, y: top }), network.canvasToDOM({ x: right, y: bottom })];
    }"""
    inside = "({ x, y }) => 0 <= x && x <= picture.clientWidth && 0 <= y && y <= picture.clientHeight"
    for width in (1400, 1250, 1500):
        sheet.page.set_viewport_size({"width": width, "height": 860})
        sheet.wait(f"picture.querySelector('canvas').clientWidth > {width - 60}")
        sheet.wait(f"data.nodes.getIds().flatMap({corners}).every({inside})")


def test_hovering_shows_the_facts(opened: Open, project: Lineage) -> None:
    """Key, user, time, size and hash of a file, the status of a run."""
    sheet = opened(project)
    for uid, facts in {
        "file1Csv000000000000": ["key: schmidt22-crispra-gws-IFNG.csv", "Raw data", "testuser1", "1.7 MB", "hash: b3"],
        CELL_RANGER: ["transform: Cell Ranger", "status: completed", "by: testuser2", "2024-12-23"],
    }.items():
        sheet.page.mouse.move(*sheet.place(uid))
        sheet.wait("document.querySelector('.vis-tooltip')?.style.visibility === 'visible'")
        shown = sheet.page.inner_text(".vis-tooltip")
        assert [fact for fact in facts if fact not in shown] == []
        sheet.page.mouse.move(5, 400)
        sheet.wait("document.querySelector('.vis-tooltip').style.visibility === 'hidden'")


def test_a_click_opens_the_panel_with_facts_neighbours_and_a_query(opened: Open, project: Lineage) -> None:
    """All facts of a run stand beside the picture, what it read and made are links, its query names it."""
    sheet = opened(project)
    assert sheet.page.locator("#panel").is_hidden()
    sheet.click(CELL_RANGER)
    assert sheet.text("panel-name") == "Cell Ranger"
    facts = dict(zip(*(sheet.page.locator(f"#facts {tag}").all_inner_texts() for tag in ("dt", "dd")), strict=True))
    assert facts["status"] == "completed"
    assert facts["took"] == "1 min 35 s"
    assert facts["uid"] == CELL_RANGER
    assert sheet.page.locator("#beside .link").count() == 5
    assert sheet.page.input_value("#query").startswith(f'MATCH (r:Run {{uid: "{CELL_RANGER}"}})')
    sheet.page.click("#close")
    assert sheet.page.locator("#panel").is_hidden()


def test_a_neighbours_link_selects_and_centres_it(opened: Open, project: Lineage) -> None:
    """What the link names stands in the middle of what the panel leaves free, and its facts are in the panel."""
    sheet = opened(project)
    sheet.click(CELL_RANGER)
    sheet.page.click("#beside >> text=matrix.mtx.gz")
    assert sheet.chosen() == "file7Matrix000000000"
    assert sheet.text("panel-name") == "matrix.mtx.gz"
    box, panel = sheet.page.locator("#picture").bounding_box(), sheet.page.locator("#panel").bounding_box()
    assert box is not None
    assert panel is not None
    middle = box["x"] + (box["width"] - panel["width"]) / 2
    assert sheet.place("file7Matrix000000000")[0] == pytest.approx(middle, abs=3)
    assert sheet.focus() == "panel-name"


def test_a_query_can_be_copied(opened: Open, project: Lineage) -> None:
    """The button puts the query into the clipboard and says so."""
    sheet = opened(project, permissions=["clipboard-read", "clipboard-write"])
    sheet.click(FIGURE)
    sheet.page.click("#copy")
    sheet.wait("document.getElementById('copied').textContent === 'copied'")
    copied = sheet.run("navigator.clipboard.readText()")
    assert copied == sheet.page.input_value("#query")
    assert f'"{FIGURE}"' in copied


def test_search_counts_its_hits_and_goes_through_them(opened: Open, project: Lineage) -> None:
    """Enter selects the next hit, Shift and Enter the one before, round and round; no hits are said."""
    sheet = opened(project)
    sheet.page.fill("#search", "FASTQ")
    assert sheet.text("hits") == "2 hits"
    seen = []
    for key in ("Enter", "Enter", "Enter", "Shift+Enter"):
        sheet.press(key)
        seen.append((sheet.text("hits"), sheet.chosen()))
    assert seen == [
        ("1 of 2", "file3FastqR100000000"),
        ("2 of 2", "file4FastqR200000000"),
        ("1 of 2", "file3FastqR100000000"),
        ("2 of 2", "file4FastqR200000000"),
    ]
    sheet.page.fill("#search", "there is no such file")
    sheet.press("Enter")
    assert sheet.text("hits") == "no hits"


def test_search_finds_badges(opened: Open) -> None:
    """What a reader should beware of can be looked for, also where no fact names it so."""
    runs = [run_facts("one", "clean", status="errored", git_dirty=True), run_facts("two", "plot")]
    old = file_facts("old", "old.csv", is_latest=False)
    sheet = opened(build(Rows([old], runs, [], [Input("old", "two", 1, 1)]), ["one", "two"]))
    for badge, uid in (("failed", "one"), ("uncommitted", "one"), ("newer input", "two")):
        sheet.page.fill("#search", badge)
        sheet.press("Enter")
        assert (sheet.text("hits"), sheet.chosen()) == ("1 of 1", uid)


def test_shift_enter_begins_with_the_last_hit(opened: Open, project: Lineage) -> None:
    """Also users and descriptions are searched."""
    sheet = opened(project)
    sheet.page.fill("#search", "testuser1")
    sheet.press("Shift+Enter")
    count = int(sheet.text("hits").split(" of ")[1])
    assert count > 2
    assert sheet.text("hits") == f"{count} of {count}"


def test_upstream_and_downstream_show_one_side(opened: Open, project: Lineage) -> None:
    """Of what was asked for, or of what is selected; the page says of what, and how much is hidden."""
    sheet = opened(project)
    sheet.page.click("#show-upstream")
    assert sheet.shown() == set(project.nodes) - {REVIEW} - project.siblings
    assert "2 records of 17 hidden" in sheet.text("state")
    assert sheet.page.get_attribute("#show-upstream", "aria-pressed") == "true"
    sheet.page.click("#show-downstream")
    assert sheet.shown() == {FIGURE, REVIEW}
    sheet.page.click("#show-all")
    assert sheet.shown() == set(project.nodes)
    assert sheet.text("state") == ""
    sheet.click("file2Hits00000000000")
    sheet.page.click("#show-upstream")
    assert sheet.shown() == {
        "file2Hits00000000000",
        "run2Hits000000000000",
        "file1Csv000000000000",
        "run1Upload0000000000",
    }


def interleaved() -> Lineage:
    """Give a run that reads A, saves X, then reads B, then saves Y."""
    inputs = [Input("A.txt", "run", saw=2, step=1), Input("B.txt", "run", saw=2, step=3)]
    outputs = [Output("X.txt", "run", seq=1, step=2), Output("Y.txt", "run", seq=1, step=4)]
    files = [file_facts(name, name) for name in ("A.txt", "B.txt", "X.txt", "Y.txt")]
    return build(Rows(files, [run_facts("run", "mix.py")], outputs, inputs), ["X.txt", "Y.txt"])


def test_one_side_holds_what_came_before_alone(opened: Open) -> None:
    """What a run read after it saved a file did not lead to that file, and the page shows it on neither side."""
    sheet = opened(interleaved())
    for uid, side, wanted in (
        ("X.txt", "upstream", {"A.txt", "run", "X.txt"}),
        ("B.txt", "downstream", {"B.txt", "run", "Y.txt"}),
        ("Y.txt", "upstream", {"A.txt", "B.txt", "run", "Y.txt"}),
        ("A.txt", "downstream", {"A.txt", "run", "X.txt", "Y.txt"}),
    ):
        sheet.page.click("#show-all")
        sheet.press("Escape")
        sheet.choose(uid)
        sheet.page.click(f"#show-{side}")
        assert sheet.shown() == wanted
        assert sheet.drawn() == (len(wanted), len(wanted) - 1)


@pytest.mark.parametrize("cap", [None, 4])
def test_the_sides_are_those_of_the_core(opened: Open, cap: int | None) -> None:
    """In made-up histories, also with cycles and folded, the page walks as `pg.lineage` does, from every record."""
    for seed in range(4):
        rows = history(random.Random(seed))
        whole = among(rows, [*(each.uid for each in rows.artifacts), *(each.uid for each in rows.runs)])
        sheet = opened(whole, cap=cap)
        for number, uid in enumerate(whole.order):
            for side in ("upstream", "downstream"):
                walk = f"flow([{number}], '{side}' === 'upstream')"
                found = sheet.run(f"(({{ ids, edges }}) => [[...ids], edges.length])({walk})")
                wanted = build(rows, uid, direction=side, siblings=False)
                assert {whole.order[each] for each in found[0]} == set(wanted.nodes)
                assert found[1] == len(wanted.edges)


def history(chosen: random.Random) -> Rows:
    """Give files and runs of which each read and made some, in any order."""
    files, runs = [f"file{number}" for number in range(12)], [f"run{number}" for number in range(8)]
    pairs = chosen.sample([(file, run) for file in files for run in runs], 40)
    events = [(*pair, chosen.randint(1, 6), chosen.randint(1, 6)) for pair in pairs]
    return Rows(
        [file_facts(each, each) for each in files],
        [run_facts(each, each) for each in runs],
        [Output(*each) for each in events[:20]],
        [Input(*each) for each in events[20:]],
    )


def test_dark_follows_the_system_and_the_button(opened: Open, project: Lineage) -> None:
    """Page and picture change their colours together, and the button says which are on."""
    dark = opened(project, color_scheme="dark")
    colours = "[getComputedStyle(document.body).backgroundColor, data.nodes.get(0).color.background]"
    first = dark.run(colours)
    assert dark.page.get_attribute("#theme", "aria-pressed") == "true"
    dark.page.click("#theme")
    light = opened(project)
    assert dark.run(colours) == light.run(colours) != first
    light.page.click("#theme")
    assert light.run(colours) == first
    light.page.click("#theme")
    light.page.emulate_media(color_scheme="dark")
    light.wait("document.documentElement.className === 'dark'")
    assert light.run(colours) == first


def test_every_control_is_reached_by_tab(opened: Open, project: Lineage) -> None:
    """In the order in which they stand, the picture among them, each with a visible focus and a name."""
    sheet = opened(project)
    reached = []
    for _ in range(7):
        sheet.press("Tab")
        reached.append(sheet.focus())
        assert sheet.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        assert sheet.run("document.activeElement.ariaLabel || document.activeElement.textContent")
    assert reached == ["search", "show-all", "show-upstream", "show-downstream", "fit", "theme", "picture"]


def test_arrow_keys_walk_between_neighbours(opened: Open, project: Lineage) -> None:
    """The first key selects what was asked for; left goes to what it was made from, right back, up and down aside."""
    sheet = opened(project)
    sheet.page.focus("#picture")
    walked = []
    for key in ("ArrowLeft", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "ArrowRight", "ArrowRight"):
        sheet.press(key)
        walked.append(sheet.chosen())
    integrated = "run6Integrated000000"
    assert walked == [FIGURE, integrated, FIGURE, "figure0Umap000000000", FIGURE, REVIEW, REVIEW]
    assert "nothing further" in sheet.text("said")


def test_enter_opens_the_panel_and_escape_closes_it(opened: Open, project: Lineage) -> None:
    """The focus stays in the picture, or comes back to it from the panel."""
    sheet = opened(project)
    sheet.page.focus("#picture")
    sheet.press("ArrowLeft", "Enter")
    assert sheet.page.locator("#panel").is_visible()
    assert "matrixplot" in sheet.text("said")
    sheet.page.focus("#copy")
    sheet.press("Escape")
    assert sheet.page.locator("#panel").is_hidden()
    assert sheet.focus() == "picture"


def test_a_selected_record_is_not_behind_the_panel(opened: Open, project: Lineage) -> None:
    """What stands far right moves aside when its panel opens."""
    sheet = opened(project)
    sheet.click(REVIEW)
    panel = sheet.page.locator("#panel").bounding_box()
    assert panel is not None
    assert sheet.place(REVIEW)[0] < panel["x"]


def test_on_paper_the_picture_is_an_image_and_the_text_is_open(opened: Open, project: Lineage) -> None:
    """Printed from a dark page it is light; afterwards all is as it was."""
    sheet = opened(project, color_scheme="dark")
    paper = sheet.page.pdf(format="A4", landscape=True)
    assert b"/Subtype /Image" in paper
    assert sheet.page.locator("#same").get_attribute("open") is None
    assert sheet.page.locator("#print").count() == 0
    sheet.run("dispatchEvent(new Event('beforeprint'))")
    assert sheet.page.locator("#same").get_attribute("open") is not None
    assert sheet.run("document.documentElement.className") == ""
    sheet.wait("document.getElementById('print').naturalWidth > 1000")
    sheet.run("dispatchEvent(new Event('afterprint'))")
    assert sheet.run("document.documentElement.className") == "dark"


def test_paper_lies_across_and_its_picture_is_sharp(opened: Open, project: Lineage) -> None:
    """Without a word of the reader pages are wide, and the image has three pixels for one; the view stays as it was."""
    sheet = opened(project)
    before = sheet.run("[network.getScale(), network.getViewPosition()]")
    assert b"/MediaBox [0 0 841" in sheet.page.pdf(prefer_css_page_size=True)
    sheet.run("dispatchEvent(new Event('beforeprint'))")
    sheet.wait("document.getElementById('print').naturalWidth === 3000")
    sheet.run("dispatchEvent(new Event('afterprint'))")
    scale, place = sheet.run("[network.getScale(), network.getViewPosition()]")
    assert scale == pytest.approx(before[0])
    assert place == pytest.approx(before[1])
    assert sheet.run("picture.querySelector('canvas').clientWidth === picture.clientWidth")


def test_the_hover_text_is_above_the_panel_and_nothing_covers_the_picture(opened: Open, project: Lineage) -> None:
    """What hovering shows is never behind the panel, and the words on keys stand below the picture."""
    sheet = opened(project)
    sheet.click(CELL_RANGER)
    sheet.page.mouse.move(*sheet.place(CELL_RANGER))
    sheet.wait("document.querySelector('.vis-tooltip')?.style.visibility === 'visible'")
    above = "['.vis-tooltip', '#panel'].map((each) => Number(getComputedStyle(document.querySelector(each)).zIndex))"
    tooltip, panel = sheet.run(above)
    assert tooltip > panel
    keys, picture = sheet.page.locator("#keys").bounding_box(), sheet.page.locator("#picture").bounding_box()
    assert keys is not None
    assert picture is not None
    assert keys["y"] >= picture["y"] + picture["height"]
    assert (picture["y"] % 1, picture["height"] % 1) == (0, 0)  # else the canvas is stretched and blurred


@pytest.mark.parametrize("size", [{"width": 380, "height": 640}, {"width": 700, "height": 560}])
def test_small_windows_hide_no_control(opened: Open, project: Lineage, size: dict[str, int]) -> None:
    """In a telephone's or a notebook's width nothing sticks out to the side, and the panel fits."""
    sheet = opened(project, viewport=size)
    sheet.page.focus("#picture")
    sheet.press("ArrowLeft", "Enter")
    assert sheet.run("document.documentElement.scrollWidth <= innerWidth")
    boxes: list[Any] = [sheet.page.locator(f"#{name}").bounding_box() for name in ("search", "theme", "panel", "copy")]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= size["width"] for box in boxes)
    assert sheet.page.locator("#picture").bounding_box()["height"] >= 200  # type: ignore[index]


def test_an_empty_lineage_is_no_error(opened: Open) -> None:
    """Nothing is drawn, and keys and buttons do nothing."""
    sheet = opened(build(Rows(), []))
    assert sheet.drawn() == (0, 0)
    sheet.page.focus("#picture")
    sheet.press("ArrowLeft", "Enter", "Escape")
    for button in ("show-upstream", "show-all", "fit", "theme"):
        sheet.page.click(f"#{button}")
