"""A page in a real browser, with all that it complained about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from provgraph.views.page import page as written
from tests.support import chromium
from tests.support.processes import until
from tests.views.conftest import hostile, project, project_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from provgraph.ancestry import Lineage

__all__ = ["hostile", "project", "project_rows"]

CANARY = "window.ran = []; for (const name of ['alert', 'confirm', 'prompt']) window[name] = () => ran.push(name);"


@dataclass
class Sheet:
    """A page that is open in the browser."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)

    def run(self, script: str) -> Any:
        """Run JavaScript beside the page's own."""
        return self.page.evaluate(script)

    def wait(self, script: str) -> None:
        """Wait until an expression holds; Playwright's own way is to evaluate text, which the page's policy forbids."""
        for _ in range(100):
            if self.run(script):
                return
            self.page.wait_for_timeout(30)
        pytest.fail(f"it never held: {script}")

    def text(self, id_: str) -> str:
        """Give the text of an element."""
        return self.page.inner_text(f"#{id_}")

    def drawn(self) -> tuple[int, int]:
        """Count the nodes and edges that are visible in the picture."""
        nodes, edges = self.run("[data.nodes.length, data.edges.length]")
        return nodes, edges

    def shown(self) -> set[str]:
        """Give the uids of the records that stand by themselves in the picture."""
        return set(self.run("data.nodes.get().map((node) => node.uid).filter(Boolean)"))

    def chosen(self) -> str | None:
        """Give the uid of the record, or the name of the group, that is selected in the picture."""
        found = self.run("network.getSelectedNodes().map((id) => thing(id).uid ?? thing(id).name)")
        return found[0] if found else None

    def place(self, uid: str) -> tuple[float, float]:
        """Give where a record, or a group by its name, stands on the screen."""
        find = f"data.nodes.get().find((node) => [node.uid, node.name].includes({uid!r})).id"
        x, y = self.run(f"(({{ x, y }}) => [x, y])(network.canvasToDOM(network.getPosition({find})))")
        box = self.page.locator("#picture").bounding_box()
        assert box is not None
        return box["x"] + x, box["y"] + y

    def click(self, uid: str) -> None:
        """Click on a record or group in the picture."""
        self.page.mouse.click(*self.place(uid))

    def choose(self, uid: str) -> None:
        """Click on a record until it is the one that is selected: a picture that has just changed may still move."""
        assert until(lambda: self.click(uid) or self.chosen() == uid)  # type: ignore[func-returns-value]

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def focus(self) -> str:
        """Give the id of the element that has the focus."""
        return str(self.run("document.activeElement.id"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a module: its loop of events must not run while other modules use their own."""
    with chromium.running() as found:
        yield found


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Sheet]]:
    """Open HTML, or a lineage as a page; at the end nothing may have been complained about, and nothing loaded."""
    sheets: list[Sheet] = []

    def open_(content: Lineage | str, *, cap: int | None = 60, **context: Any) -> Sheet:
        file = tmp_path / f"page{len(sheets)}.html"
        file.write_text(content if isinstance(content, str) else written(content, cap=cap), encoding="utf-8")
        sheet = Sheet(browser.new_context(**{"viewport": {"width": 1400, "height": 860}, **context}).new_page())
        sheets.append(sheet)
        sheet.page.set_default_timeout(10_000)
        sheet.page.on("console", lambda message: sheet.complaints.append(f"{message.type}: {message.text}"))
        sheet.page.on("pageerror", lambda error: sheet.complaints.append(str(error)))
        sheet.page.on("request", lambda request: sheet.loaded.append(request.url))
        sheet.page.add_init_script(CANARY)
        sheet.page.goto(file.as_uri())
        return sheet

    yield open_
    for sheet in sheets:
        sheet.page.context.close()
        assert sheet.complaints == []
        assert [url for url in sheet.loaded if not url.startswith(("file:", "data:", "about:"))] == []
