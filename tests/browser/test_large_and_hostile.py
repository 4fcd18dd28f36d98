"""Pages of a thousand records, of texts that try to break out, and inside of a notebook."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbconvert import HTMLExporter

from provgraph.views import Picture
from tests.support import chromium
from tests.support.lineages import fan
from tests.views.conftest import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Callable

    from provgraph.ancestry import Lineage
    from tests.browser.conftest import Sheet

    Open = Callable[..., Sheet]

ALIGN = "align.py ×332"


def test_a_thousand_records_open_folded_and_expand(opened: Open) -> None:
    """Few places are seen, the page says what is folded, and all records are there when asked for."""
    sheet = opened(fan(332))
    assert sheet.drawn() == (5, 4)
    assert sheet.text("folded") == "3 groups hold 996 of 998 records: .fastq files ×332, align.py ×332, .bam files ×332"
    sheet.page.click("#expand")
    assert sheet.drawn() == (998, 997)
    assert sheet.text("folded") == "All 998 records are expanded"
    assert sheet.page.locator("#expand").is_disabled()
    sheet.page.click("#fold")
    assert sheet.drawn() == (5, 4)


def test_the_browser_says_the_same_as_python_of_what_is_folded(opened: Open) -> None:
    """The sentence that stands in the file is the one that the script writes."""
    sheet = opened(fan(332))
    in_file = sheet.page.content().split('id="folded" class="note" role="status">')[1].split("<")[0]
    assert sheet.text("folded") == in_file


def test_a_large_picture_opens_readable_around_what_was_asked_for(opened: Open) -> None:
    """Its labels have 11 pixels or nearly so, what was asked for is in sight, and the button shows all."""
    sheet = opened(fan(17), cap=None)
    size = "network.getScale() * lineage.options.nodes.font.size"
    sheet.wait(f"{size} >= 11")
    x, y = sheet.place("table")
    box = sheet.page.locator("#picture").bounding_box()
    assert box is not None
    assert box["x"] + 50 < x < box["x"] + box["width"] - 50
    assert box["y"] + 50 < y < box["y"] + box["height"] - 50
    sheet.page.click("#fit")
    assert sheet.run(size) < 8


def test_many_records_are_printed_as_a_picture_alone(opened: Open) -> None:
    """One page that says where the records are listed, instead of dozens of pages of tables."""
    sheet = opened(fan(332))
    paper = sheet.page.pdf(prefer_css_page_size=True)
    assert paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") == 1
    sheet.run("dispatchEvent(new Event('beforeprint'))")
    assert sheet.text("left-out") == "The page on a screen lists all 998 records as text."
    sheet.run("dispatchEvent(new Event('afterprint'))")
    assert sheet.text("left-out") == ""


def test_a_click_expands_a_group_and_the_panel_folds_it_again(opened: Open) -> None:
    """Its records stand where it stood, joined with the groups beside it; the others stay folded."""
    sheet = opened(fan(332))
    sheet.click(ALIGN)
    assert sheet.drawn() == (4 + 332, 332 + 332 + 2)
    assert sheet.text("folded").startswith("2 groups hold 664 of 998 records")
    assert sheet.chosen() == "align0"
    sheet.press("Enter")
    sheet.page.click(f"text=Fold {ALIGN} again")
    assert sheet.drawn() == (5, 4)
    assert sheet.chosen() == ALIGN


def test_no_two_places_overlap_in_any_state(opened: Open) -> None:
    """Folded, with one group expanded, and all expanded: places are as far apart as the layout puts them."""
    sheet = opened(fan(40), cap=10)
    apart = """() => {
      const all = [...shown].map((id) => places.get(id)).sort((a, b) => a.x - b.x || a.y - b.y);
      return all.every((one, at) => all.slice(at + 1).every((other) =>
        Math.abs(one.x - other.x) >= 100 || Math.abs(one.y - other.y) >= 90));
    }"""
    assert sheet.run(apart)
    sheet.click("align.py ×40")
    assert sheet.run(apart)
    sheet.page.click("#expand")
    assert sheet.drawn()[0] == len(fan(40))
    assert sheet.run(apart)
    assert sheet.run("data.edges.get().every(({ from, to }) => places.get(from).x < places.get(to).x)")


def test_groups_are_expanded_by_keys(opened: Open) -> None:
    """Arrows reach a group, Enter expands it, and the walk goes on among its records."""
    sheet = opened(fan(332))
    sheet.page.focus("#picture")
    sheet.press("ArrowLeft", "ArrowLeft", "ArrowLeft")
    assert sheet.chosen() == ".bam files ×332"
    assert "group .bam files ×332" in sheet.text("said")
    sheet.press("Enter")
    assert sheet.chosen() == "bam0"
    sheet.press("ArrowDown", "ArrowLeft")
    assert sheet.chosen() == ALIGN
    assert sheet.focus() == "picture"


def test_arrow_keys_reach_every_record_of_a_group(opened: Open) -> None:
    """Down goes through an expanded group column by column, and up comes back the same way."""
    sheet = opened(fan(40), cap=10)
    sheet.click("align.py ×40")
    sheet.page.focus("#picture")
    down = [sheet.chosen()]
    for _ in range(39):
        sheet.press("ArrowDown")
        down.append(sheet.chosen())
    assert set(down) == {f"align{number}" for number in range(40)}
    up = [sheet.chosen()]
    for _ in range(39):
        sheet.press("ArrowUp")
        up.append(sheet.chosen())
    assert up == down[::-1]


def test_search_finds_what_is_folded(opened: Open) -> None:
    """The hit's group is expanded and the hit stands in the picture, also when only the other side was shown."""
    sheet = opened(fan(332))
    sheet.page.click("#show-downstream")
    assert sheet.drawn() == (1, 0)
    sheet.page.fill("#search", "fastq77.")
    sheet.press("Enter")
    assert sheet.chosen() == "fastq77"
    assert sheet.drawn() == (4 + 332, 332 + 3)
    assert sheet.page.get_attribute("#show-all", "aria-pressed") == "true"


def test_a_hit_in_a_very_large_group_leaves_it_folded(opened: Open) -> None:
    """Its facts are in the panel and its group is selected, at once; the panel's button and Enter expand it."""
    sheet = opened(fan(1_100))
    sheet.page.fill("#search", "fastq77.")
    sheet.press("Enter")
    assert sheet.drawn() == (5, 4)
    assert (sheet.chosen(), sheet.text("panel-name")) == (".fastq files ×1,100", "fastq77.fastq")
    assert sheet.text("hits") == "1 of 1"
    sheet.page.click("#show-downstream")
    assert "Only what was made from fastq77.fastq" in sheet.text("state")
    sheet.page.click("#show-all")
    sheet.page.focus("#picture")
    sheet.press("ArrowRight")
    assert sheet.chosen() == "align.py ×1,100"
    sheet.page.fill("#search", "fastq77.")
    sheet.press("Enter")
    sheet.page.click("text=Expand .fastq files ×1,100")
    assert sheet.drawn()[0] == 4 + 1_100
    assert sheet.chosen() == "fastq77"


def test_ten_thousand_records_are_searched_at_once(opened: Open) -> None:
    """The texts are put together once, and what follows is a look through them."""
    sheet = opened(fan(3_333))
    sheet.page.fill("#search", "fast")
    took = "(() => { const begun = performance.now(); %s; return performance.now() - begun; })()"
    assert sheet.run(took % "byId('search').value = 'bam77'; search(); showHit(1)") < 500
    assert sheet.text("hits") == "1 of 11"


def test_an_edge_of_a_folded_record_leads_to_its_group(opened: Open) -> None:
    """A link in the panel goes on into a folded group and expands it."""
    sheet = opened(fan(332))
    sheet.click("merge")
    assert sheet.page.locator("#beside .link").count() == 333
    sheet.page.click("#beside .link >> nth=5")
    assert (sheet.chosen() or "").startswith("bam")
    assert sheet.text("panel-name").startswith("bam")


@pytest.mark.parametrize("cap", [60, 5])
def test_nothing_of_the_data_runs(opened: Open, hostile: Lineage, cap: int) -> None:
    """Drawn, hovered, searched, opened in the panel, folded, shown as text: no text becomes a tag or a script."""
    one = min(hostile.targets)
    sheet = opened(replace(hostile, targets=frozenset([one])), cap=cap)
    assert ("hold" in sheet.text("folded")) is (cap < len(hostile))
    for number in [*range(len(hostile)), hostile.order.index(one)]:
        sheet.run(f"goTo({number})")
        assert sheet.text("panel-name")
    sheet.press("Escape")
    sheet.page.mouse.move(*sheet.place(one))
    sheet.wait("document.querySelector('.vis-tooltip')?.style.visibility === 'visible'")
    for text in HOSTILE[:8]:
        sheet.page.fill("#search", text.replace("\n", " "))
        sheet.press("Enter")
    sheet.page.click("#same summary")
    assert sheet.run("window.ran") == []
    assert sheet.run("document.querySelectorAll('script').length") == 3
    assert sheet.run("document.querySelectorAll('img, a, iframe, object, b i').length") == 0


def test_the_canary_would_sing(opened: Open, project: Lineage) -> None:
    """A page of which a script runs is noticed, and the content policy lets no script in that is added later."""
    sheet = opened("<script>alert(1)</script>")
    assert sheet.run("window.ran") == ["alert"]
    guarded = opened(project)
    guarded.run("document.body.append(Object.assign(document.createElement('script'), { textContent: 'alert(1)' }))")
    guarded.run("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=alert(1)>')")
    guarded.page.wait_for_timeout(50)
    assert guarded.run("window.ran") == []
    assert any("Content Security Policy" in complaint for complaint in guarded.complaints)
    guarded.complaints.clear()


def test_a_queries_uid_cannot_leave_its_quotes(opened: Open, hostile: Lineage) -> None:
    """Whatever a uid holds, it is one text of the query."""
    sheet = opened(hostile)
    number = next(place for place, uid in enumerate(hostile.order) if '"' in uid)
    sheet.run(f"goTo({number})")
    assert '{uid: "' in sheet.page.input_value("#query")
    assert '\\"' in sheet.page.input_value("#query").split("\n")[0]


def test_a_notebook_keeps_the_picture(opened: Open, project: Lineage) -> None:
    """After nbconvert the sandboxed frame shows it, its panel opens, and its query can at least be selected."""
    output = nbformat.v4.new_output("display_data", {"text/html": Picture(project)._repr_html_()})
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("picture", outputs=[output])])
    content, _ = HTMLExporter().from_notebook_node(notebook)
    sheet = opened(content)
    sheet.page.wait_for_selector("iframe[title=Lineage]")
    frame = next(each for each in sheet.page.frames if each != sheet.page.main_frame)
    frame.wait_for_selector("#picture[data-drawn='17 nodes, 19 edges']")
    frame.focus("#picture")
    sheet.press("ArrowLeft", "Enter")
    assert frame.inner_text("#panel-name").startswith("matrixplot_fig2")
    frame.click("#copy")
    sheet.page.wait_for_timeout(100)
    assert frame.inner_text("#copied") in {"copied", "selected: press Ctrl+C or Cmd+C"}
    selected = frame.evaluate(
        "(({ value, selectionStart, selectionEnd }) => value.slice(selectionStart, selectionEnd))"
        "(document.getElementById('query'))"
    )
    assert selected == frame.input_value("#query")
    # What nbconvert's own page would load.
    outer = ("cdn", "mathjax", "require", "err_name_not_resolved")
    sheet.complaints[:] = [
        each for each in sheet.complaints if not any(word in each.lower() or word in each for word in outer)
    ]
    sheet.loaded[:] = [each for each in sheet.loaded if not any(word in each.lower() for word in outer)]


def test_without_chromium_tests_are_skipped_but_not_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it one line says what to install; with CI=true it is a failure."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt-get install chromium"):
        chromium.required()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="apt-get install chromium"):
        chromium.required()
