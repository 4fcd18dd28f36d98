"""TLS in front of a server that has none."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import queue
import ssl
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import trustme

MOST = 1 << 16


@contextlib.contextmanager
def encrypted(port: int, authority: trustme.CA) -> Iterator[int]:
    """Answer in TLS on another port of the loopback, as "localhost", with a certificate that `authority` signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)

    async def hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        ways = _copied(reader, inner_writer), _copied(inner_reader, writer)
        await asyncio.gather(*ways, return_exceptions=True)

    told: queue.Queue[tuple[int, Callable[[], object]]] = queue.Queue()

    async def serve() -> None:
        ending = asyncio.Event()
        async with await asyncio.start_server(hand_on, "127.0.0.1", 0, ssl=context) as server:
            end = functools.partial(asyncio.get_running_loop().call_soon_threadsafe, ending.set)
            told.put((server.sockets[0].getsockname()[1], end))
            await ending.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    own, end = told.get()
    try:
        yield own
    finally:
        end()
        thread.join()


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while read := await reader.read(MOST):
            writer.write(read)
            await writer.drain()
    finally:
        writer.close()
