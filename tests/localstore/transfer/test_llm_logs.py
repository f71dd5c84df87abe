"""The log of the llm command: every shape its tables had, and files that are damaged or foreign."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from localstore.errors import TransferError
from localstore.transfer import detect
from tests.localstore.transfer.reading import bad, items, only, read

CONVERSATIONS = "CREATE TABLE conversations (id TEXT PRIMARY KEY, name TEXT, model TEXT);"
RESPONSES = """CREATE TABLE responses (id TEXT PRIMARY KEY, model TEXT, prompt TEXT, system TEXT, response TEXT,
    conversation_id TEXT, datetime_utc TEXT, input_tokens INTEGER, output_tokens INTEGER, options_json TEXT);"""


def logs(folder: Path, *statements: str) -> Path:
    path = folder / "logs.db"
    connection = apsw.Connection(str(path))
    connection.execute("".join(statements))
    connection.close()
    return path


def test_responses_of_one_conversation_become_one_item(tmp_path: Path) -> None:
    path = logs(
        tmp_path,
        CONVERSATIONS,
        RESPONSES,
        "INSERT INTO conversations VALUES ('01hc', 'Pelicans', 'gpt-4o');"
        "INSERT INTO responses VALUES ('01r2', 'gpt-4o', 'More', 'Be kind', 'B', '01hc',"
        " '2024-05-01T10:00:02', 3, 4, '{}');"
        "INSERT INTO responses VALUES ('01r1', 'gpt-4o', 'Names?', 'Be kind', 'A', '01hc', '2024-05-01T10:00:01.5',"
        " 10, 20, '{\"temperature\": 0.5}');"
        "INSERT INTO responses VALUES ('01r3', 'gpt-4o', 'Alone?', NULL, 'Yes', NULL,"
        " '2024-05-02T10:00:00', 1, 1, NULL);",
    )
    alone, together = items(read(detect(path).name, path))
    assert (together.title, together.key, together.type) == ("Pelicans", "01hc", "conversation")
    assert [(content.role, content.text) for content in together.contents] == [
        ("system", "Be kind"),
        ("user", "Names?"),
        ("assistant", "A"),
        ("user", "More"),
        ("assistant", "B"),
    ]
    assert together.contents[2].meta_data == {
        "position": 2,
        "model": "gpt-4o",
        "options": {"temperature": 0.5},
        "input_tokens": 10,
        "output_tokens": 20,
    }
    assert together.created_at == "2024-05-01T10:00:01.500000Z"
    assert (alone.title, alone.key, alone.place) == ("Alone?", "01r3", "logs.db:01r3")


def test_columns_that_are_missing_are_done_without(tmp_path: Path) -> None:
    path = logs(
        tmp_path,
        "CREATE TABLE responses (id TEXT, model TEXT, prompt TEXT, response TEXT);"
        "INSERT INTO responses VALUES ('r', 'm', 'Q', 'A');",
    )
    found = only(read("llm-logs", path))
    assert [(content.role, content.created_at) for content in found.contents] == [("user", None), ("assistant", None)]


def test_texts_in_parts_are_read_in_their_order(tmp_path: Path) -> None:
    path = logs(
        tmp_path,
        "CREATE TABLE responses (id TEXT, model TEXT, conversation_id TEXT, datetime_utc TEXT);"
        'CREATE TABLE parts (id INTEGER PRIMARY KEY, response_id TEXT, direction TEXT, "order" INTEGER, role TEXT,'
        " part_type TEXT, content TEXT, content_json TEXT, tool_name TEXT);"
        "INSERT INTO responses VALUES ('r', 'm', 'c', '2024-05-01 10:00:00');"
        "INSERT INTO parts VALUES (1, 'r', 'output', 1, 'assistant', 'text', 'A', NULL, NULL),"
        " (2, 'r', 'input', 0, 'user', 'text', 'Q', NULL, NULL),"
        " (3, 'r', 'output', 0, 'assistant', 'tool_call', NULL, '{\"x\": 1}', 'calc');",
    )
    found = only(read("llm-logs", path))
    assert [(content.role, content.text) for content in found.contents] == [
        ("user", "Q"),
        ("assistant", ""),
        ("assistant", "A"),
    ]
    assert found.contents[1].meta_data == {
        "position": 1,
        "part_type": "tool_call",
        "tool_name": "calc",
        "content": {"x": 1},
        "model": "m",
    }


THREADS = """CREATE TABLE threads (id TEXT, name TEXT, tip_message_hash TEXT, datetime_utc TEXT);
CREATE TABLE messages (hash TEXT PRIMARY KEY, parent_hash TEXT, role TEXT);
CREATE TABLE parts (id INTEGER PRIMARY KEY, message_hash TEXT, position INTEGER, type TEXT, tool_name TEXT,
    text TEXT, payload TEXT);
CREATE TABLE turns (id TEXT, thread_id TEXT, tip_message_hash TEXT, model TEXT, input_tokens INTEGER,
    datetime_utc TEXT);
CREATE TABLE fragments (id INTEGER PRIMARY KEY, content TEXT);
CREATE TABLE responses (id TEXT, model TEXT);"""


def test_threads_are_chains_of_messages_that_may_share_their_beginning(tmp_path: Path) -> None:
    path = logs(
        tmp_path,
        THREADS,
        "INSERT INTO threads VALUES ('t1', 'One', 'h2', '2026-01-01T00:00:00'),"
        " ('t2', NULL, 'h3', '2026-01-02T00:00:00');"
        "INSERT INTO messages VALUES ('h1', NULL, 'user'), ('h2', 'h1', 'assistant'), ('h3', 'h1', 'assistant');"
        "INSERT INTO fragments VALUES (5, 'a novel');"
        "INSERT INTO parts (message_hash, position, type, text, payload) VALUES"
        ' (\'h1\', 0, \'text\', NULL, \'{"text_ref": [{"literal": "Read: "}, {"fragment": 5}]}\'),'
        " ('h2', 0, 'reasoning', 'hm', NULL), ('h2', 1, 'text', 'Good', NULL),"
        " ('h3', 0, 'tool_call', NULL, '{\"name\": \"calc\", \"arguments\": {}}');"
        "INSERT INTO turns VALUES ('u1', 't1', 'h2', 'gpt', 7, '2026-01-01T00:00:05');",
    )
    one, two = items(read(detect(path).name, path))
    assert (one.title, one.key, two.title) == ("One", "t1", "Read: a novel")
    assert [(content.role, content.text) for content in one.contents] == [
        ("user", "Read: a novel"),
        ("assistant", "Good"),
    ]
    assert one.contents[1].meta_data == {
        "position": 1,
        "parts": [{"type": "reasoning", "text": "hm"}],
        "model": "gpt",
        "input_tokens": 7,
    }
    assert two.contents[1].meta_data["parts"] == [{"type": "tool_call", "name": "calc", "arguments": {}}]


def test_a_ring_of_messages_ends(tmp_path: Path) -> None:
    path = logs(
        tmp_path,
        THREADS,
        "INSERT INTO threads VALUES ('t', 'x', 'h1', NULL);"
        "INSERT INTO messages VALUES ('h1', 'h2', 'user'), ('h2', 'h1', 'user');"
        "INSERT INTO parts (message_hash, position, type, text) VALUES ('h1', 0, 'text', 'A'), ('h2', 0, 'text', 'B');",
    )
    assert [content.text for content in only(read("llm-logs", path)).contents] == ["B", "A"]


@pytest.mark.parametrize(
    ("prompt", "reason"),
    [("CAST(x'61ff' AS TEXT)", "prompt: byte 0xff is not UTF-8"), ("CAST(x'6100' AS TEXT)", "NUL at character 1")],
)
def test_a_bad_text_is_reported_with_its_conversation_and_the_rest_goes_on(
    tmp_path: Path, prompt: str, reason: str
) -> None:
    path = logs(
        tmp_path,
        "CREATE TABLE responses (id TEXT, model TEXT, prompt TEXT);"
        f"INSERT INTO responses VALUES ('bad', 'm', {prompt}), ('good', 'm', 'fine');",
    )
    found = read("llm-logs", path)
    assert [record.key for record in items(found)] == ["good"]
    (problem,) = bad(found)
    assert (problem.place, reason in problem.reason) == ("logs.db:bad", True)


def test_a_log_that_may_not_be_written_is_read(tmp_path: Path) -> None:
    path = logs(tmp_path, RESPONSES, "INSERT INTO responses (id, prompt) VALUES ('r', 'Q');")
    path.chmod(0o400)
    before = path.read_bytes()
    assert only(read("llm-logs", path)).title == "Q"
    assert path.read_bytes() == before


def test_other_sqlite_files_and_damaged_ones_are_refused(tmp_path: Path) -> None:
    path = logs(tmp_path, "CREATE TABLE other (id TEXT);")
    with pytest.raises(TransferError, match="is an SQLite file; no format fits"):
        detect(path)
    with pytest.raises(TransferError, match=r"is this the logs\.db of llm"):
        read("llm-logs", path)
    path.write_bytes(path.read_bytes()[:100] + b"\xff" * 4000)
    with pytest.raises(TransferError, match="SQLite cannot read it"):
        read("llm-logs", path)
