"""The UI in a browser: who may, what the page loads, what ends with what, and what a browser cannot."""

from __future__ import annotations

import os
import re
import signal
import socket
from pathlib import Path

import pytest
from aiohttp import ClientSession

from localstore.errors import InvalidValue
from localstore.store import Store
from tests.tui.browser import CONTROL, Tab, browsing, found, waited
from tests.tui.cli.conftest import Run, empty, run  # noqa: F401 - fixtures
from tests.tui.pilot import PACE, Driver
from tests.tui.served import Served, alive, serving, visiting
from tui.serving.address import checked_host, is_ours, listening
from tui.serving.child import BrowserApp
from tui.serving.server import FILES

TITLE = "Reading list"
in_a_browser = pytest.mark.skipif(found() is None, reason="no Chromium or Chrome is installed")
on_linux = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="children are found in /proc")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with one item."""
    path = tmp_path / "notes.db"
    with Store.open(path, email="ada@example.org") as made:
        made.items.add(TITLE, text="Attention is all you need")
    return path


def draft(path: Path) -> str:
    with Store.open(path, read_only=True) as opened:
        kept = opened.drafts.get("new")
    return kept.text if kept else ""


# -- where it listens


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.org", "127.0.0.1.example.org"])
def test_any_address_but_the_machines_own_is_refused_with_the_tunnel_to_use(host: str) -> None:
    with pytest.raises(InvalidValue, match=r"ssh -L 8642:127\.0\.0\.1:8642"):
        checked_host(host)


def test_a_port_that_is_taken_is_said_with_one_that_is_free() -> None:
    with listening("127.0.0.1", 0) as taken, pytest.raises(InvalidValue) as refused:
        listening("127.0.0.1", taken.getsockname()[1])
    free = re.search(r"port (\d+) is free, say --port \1", str(refused.value))
    assert free and int(free[1]) != 0
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(free[1])))


def test_the_command_says_both_in_one_sentence(run: Run) -> None:  # noqa: F811
    refused = run("serve", "--host", "0.0.0.0")
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert refused.stderr.startswith("Error: 0.0.0.0 is not this machine's own address")


@pytest.mark.parametrize("host", ["127.0.0.1:8642", "localhost:9999", "[::1]:8642", "localhost"])
def test_a_browser_may_call_this_machine_by_its_own_names_also_through_a_tunnels_port(host: str) -> None:
    assert is_ours(host)


@pytest.mark.parametrize("host", ["evil.example:8642", "127.0.0.1.evil.example", "localhost@evil.example", "[", ""])
def test_a_name_that_was_made_to_lead_here_is_not_ours(host: str) -> None:
    assert not is_ours(host)


# -- who may


async def test_the_page_and_the_socket_are_for_who_has_the_address_on_a_page_of_ours(store: Path) -> None:
    async with serving(store) as served, ClientSession() as client:

        async def status(address: str, **headers: str) -> int:
            async with client.get(address, headers=headers) as answer:
                return answer.status

        upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
        upgrade |= {"Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg=="}
        assert await status(served.address) == 200
        assert await status(f"{served.origin}/") == 403
        assert await status(f"{served.origin}/guessed/") == 403
        assert await status(f"{served.origin}/guessed/socket", Origin=served.origin, **upgrade) == 403
        assert await status(served.address, Host="evil.example") == 421
        assert await status(f"{served.address}socket", Origin="http://evil.example", **upgrade) == 403
        assert await status(f"{served.address}socket", Origin="http://localhost:1", **upgrade) == 403
        assert await status(f"{served.address}socket", **upgrade) == 403
        assert await status(f"{served.address}../pyproject.toml") == 403
        assert await status(f"{served.address}pyproject.toml") == 404
        assert served.children == []


async def test_words_in_the_address_that_the_terminals_script_would_obey_are_dropped(store: Path) -> None:
    async with serving(store) as served, ClientSession() as client:
        async with client.get(f"{served.address}?ping=http://evil.example", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (302, served.address.removeprefix(served.origin))
        async with client.get(served.address) as answer:
            policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy


def test_nothing_that_the_page_is_made_of_names_another_machine() -> None:
    ours = [path for path in FILES.values() if "serving" in str(path)]
    texts = [path.read_text() for path in (*ours, ours[0].with_name("page.html"))]
    assert re.findall(r"(?:https?:|[\"'(])//[\w.]+", "".join(texts)) == ["http://www.w3.org"]  # a name, not an address


# -- what ends with what


@on_linux
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_ends_the_server_and_every_child(store: Path, sign: signal.Signals) -> None:
    async with serving(store) as served, visiting(served) as one, visiting(served) as other:
        await one.until(TITLE)
        await other.until(TITLE)
        children = served.children
        assert len(children) == 2
        assert await served.end(sign) == 0
        assert [pid for pid in children if alive(pid)] == []


@on_linux
async def test_children_end_when_their_server_is_killed(store: Path) -> None:
    async with serving(store) as served, visiting(served) as visit:
        await visit.until(TITLE)
        (child,) = served.children
        await served.end(signal.SIGKILL)
        await waited(lambda: not alive(child))


@on_linux
async def test_a_closed_tab_ends_its_child_and_what_was_just_typed_is_kept_as_a_draft(store: Path) -> None:
    async with serving(store) as served:
        async with visiting(served) as visit:
            await visit.until(TITLE)
            await visit.keys("n")
            await visit.until("new item")
            await visit.keys("Half a thought")
            await visit.until("Half a thought")
            (child,) = served.children
        await waited(lambda: not alive(child))
        assert (served.children, "Half a thought" in draft(store)) == ([], True)


@on_linux
async def test_a_child_that_dies_closes_its_socket_with_the_reason(store: Path) -> None:
    async with serving(store) as served, visiting(served) as visit:
        await visit.until(TITLE)
        os.kill(served.children[0], signal.SIGKILL)
        assert await visit.closed() == "The program ended unexpectedly; drafts are kept."


@on_linux
async def test_whoever_leaves_with_q_is_told_so(store: Path) -> None:
    async with serving(store) as served, visiting(served) as visit:
        await visit.until(TITLE)
        await visit.keys("q")
        assert await visit.closed() == "You left; the store is as it was saved."


@on_linux
async def test_a_store_served_for_reading_only_is_not_written(store: Path) -> None:
    async with serving(store, "--read-only") as served, visiting(served) as visit:
        await visit.until(TITLE)
        await visit.keys("n")
        await visit.until("reading only")


@on_linux
async def test_what_our_page_never_sends_does_no_harm(store: Path) -> None:
    async with serving(store) as served, visiting(served) as visit:
        await visit.until(TITLE)
        await visit.socket.send_str("{")
        await visit.socket.send_str("[]")
        await visit.socket.send_json(["resize", {"width": "wide", "height": 10**9}])
        await visit.socket.send_json(["stdin", "\ud800"])
        await visit.socket.send_bytes(b"\x00")
        await visit.keys("?")
        await visit.until("Help")


# -- what a browser cannot


async def test_a_persons_own_editor_and_suspending_say_that_a_browser_is_no_terminal(store: Path) -> None:
    app = BrowserApp(store)
    app.pace = PACE
    async with app.run_test(size=(120, 40)) as pilot:
        driver = Driver(app, pilot)
        await driver.settle()
        await driver.press("o", "ctrl+z")
        assert [words[:26] for words in driver.toasts] == ["Your editor needs a termin", "There is no shell behind a"]


# -- in a real browser


@in_a_browser
async def test_the_page_loads_from_nowhere_else_and_nothing_complains(store: Path, tmp_path: Path) -> None:
    async with serving(store) as served, browsing(tmp_path / "profile") as tab:
        await opened(tab, served)
        foreign = [url for url in tab.requests if not re.match(r"(http|ws)" + re.escape(served.address[4:]), url)]
        assert (foreign, tab.complaints) == ([], [])
        assert len(tab.requests) >= 7
        assert await tab.evaluate("document.title") == "notes.db – localstore"
        assert await tab.evaluate("document.fonts.check(\"15px 'Roboto Mono'\")")


@in_a_browser
async def test_an_item_is_opened_and_edited_by_keys_in_the_page(store: Path, tmp_path: Path) -> None:
    async with serving(store) as served, browsing(tmp_path / "profile") as tab:
        await opened(tab, served)
        tab.drawn = ""
        await tab.press("Enter")
        await tab.shows("Attention")
        await tab.shows("Edit")
        tab.drawn = ""
        await tab.write("e")
        await tab.shows("EDIT")
        await tab.shows("Attention")
        await tab.write("!")
        await tab.press("s", CONTROL)
        with Store.open(store) as seen:
            await waited(lambda: seen.contents.of(TITLE)[0].text == "!Attention is all you need")
        assert tab.complaints == []


@in_a_browser
@on_linux
async def test_the_page_says_that_its_program_died_and_begins_anew(store: Path, tmp_path: Path) -> None:
    async with serving(store) as served, browsing(tmp_path / "profile") as tab:
        await opened(tab, served)
        (child,) = served.children
        os.kill(child, signal.SIGKILL)
        await tab.until("document.getElementById('why').textContent.includes('unexpectedly')")
        await tab.press("Enter")
        await waited(lambda: served.children not in ([], [child]))
        await tab.until("document.body.classList.contains('-first-byte')")
        await tab.close()
        await waited(lambda: served.children == [])


async def opened(tab: Tab, served: Served) -> None:
    """Open the page and wait for the list."""
    await tab.open(served.address)
    await tab.until("document.body.classList.contains('-first-byte')")
    await tab.shows("Attention")
