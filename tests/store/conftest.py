"""What tests of stores share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from provgraph.engines.bolt import BoltEngine
from tests.support.proxy import Through

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provgraph.store.store import Store
    from tests.support.proxy import Proxy


@pytest.fixture
def proxy(store: Store) -> Iterator[Proxy]:
    """What the store asks and writes goes through it."""
    direct = store.engine
    assert isinstance(direct, BoltEngine)
    through = Through(direct._locator)
    store.engine = BoltEngine(through)
    yield through.proxy
    store.engine.close()
    store.engine = direct
    direct.close()
    through.proxy.close()
