"""The server for browsers, attacked over its socket: other names, other origins, guessed paths, broken requests."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from localstore import Store
from tests.tui.served import Served, serving

UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
)
PATHS = [
    "{t}/../../etc/passwd", "{t}/..%2f..%2fetc%2fpasswd", "{t}/%2e%2e/%2e%2e/etc/passwd", "{t}//etc/passwd",
    "{t}/page.css/../../server.py", "{t}/page.html", "{t}/server.py", "{t}/page.css%00.html", "{t}/.",
    "{t}/%5c..%5cserver.py",
]  # fmt: skip
STRANGERS = ["", "x", "../{t}", "{T}", "{t}x", "{t}%00", "%00", "é", "{t}%2f"]
NAMES = [
    "evil.example", "127.0.0.1.evil.example:{p}", "localhost.evil.example", "evil.example@127.0.0.1", "0.0.0.0:{p}",
    "127.0.0.1:{p}, evil.example", "2130706433:{p}", "[::ffff:127.0.0.1]:{p}", "127.1:{p}",
]  # fmt: skip
ORIGINS = [
    "null",
    "file://",
    "http://evil.example",
    "https://127.0.0.1:{p}",
    "http://localhost:{p}",
    "http://127.0.0.1:{p}.evil.example",
]


async def ask(served: Served, path: str, host: str = "", headers: str = "") -> tuple[int, str]:
    """Send a request as it stands; the status and the whole answer."""
    port = int(served.origin.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    host = host or f"127.0.0.1:{port}"
    writer.write(f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n".encode())
    async with asyncio.timeout(20):
        answer = (await reader.read()).decode("utf-8", "replace")
    writer.close()
    await writer.wait_closed()
    return int(answer.split(" ", 2)[1]), answer


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with Store.open(tmp_path / "store.db") as store:
        store.items.add("An item that nobody else may see")
    return tmp_path / "store.db"


async def test_only_who_has_the_secret_and_comes_from_our_page_by_our_name_gets_anything(
    path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with serving(path) as served:
        token, port = served.address.rstrip("/").rpartition("/")[2], served.origin.rpartition(":")[2]
        words = {"t": token, "T": token.swapcase(), "p": port}
        page = await ask(served, f"{token}/")
        files = [await ask(served, each.format(**words)) for each in PATHS]
        strangers = [await ask(served, f"{each.format(**words)}/") for each in STRANGERS]
        names = [await ask(served, f"{token}/", host=each.format(**words)) for each in NAMES]
        sockets = [
            await ask(served, f"{token}/socket", headers=f"Origin: {each.format(**words)}\r\n{UPGRADE}")
            for each in ORIGINS
        ]
        twice = await ask(served, f"{token}/", headers="Host: evil.example\r\n")
        assert served.children == []
    assert page[0] == 200 and "Set-Cookie" not in page[1]
    assert {status for status, _ in files} <= {400, 403, 404}
    assert {status for status, _ in strangers} <= {400, 403, 404}
    assert [name for name, (status, _) in zip(NAMES, names, strict=True) if status not in (400, 421)] == []
    assert {status for status, _ in sockets} == {403}
    assert twice[0] == 400
    told = "".join(answer for _, answer in (*files, *strangers, *names, *sockets, twice))
    assert token not in told and str(path) not in told and "Traceback" not in told
    assert capfd.readouterr().err == ""
