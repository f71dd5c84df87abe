"""The ChatGPT export: ``conversations.json``, or the ZIP it comes in.

A conversation is a tree of messages (edits and retries make branches); the branch that was open last is read by
walking the parents from ``current_node``, with ``--all-branches`` also the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from localstore.records import ItemRecord
from localstore.transfer.chat import Chat, Message, block_text, conversation, present, read_export
from localstore.transfer.checks import check_object, lenient_stamp
from localstore.transfer.format import Format, Read, ReadOptions
from localstore.transfer.sample import Sample

Nodes = dict[str, Any]


def recognise(sample: Sample) -> int:
    """Conversations with a ``mapping``."""
    return 90 if sample.kind in ("file", "zip", "folder") and "mapping" in sample.keys else 0


def read(source: Path, options: ReadOptions) -> Iterator[Read]:
    """Yield one item per conversation."""
    return read_export(source, options, _conversation)


def _conversation(value: Any, raw: bytes, place: str, options: ReadOptions) -> ItemRecord:
    given = check_object(value, "")
    nodes = check_object(given.get("mapping"), "mapping")
    path = _path(nodes, given.get("current_node"))
    order = _whole_tree(nodes, path) if options.all_branches else path
    on_path = set(path)
    messages = [
        message
        for name in order
        if (message := _message(nodes[name], name, name in on_path, options.all_branches)) is not None
    ]
    chat = Chat(
        messages,
        title=given.get("title"),
        identifier=given.get("conversation_id") or given.get("id"),
        created_at=lenient_stamp(given.get("create_time")),
        updated_at=lenient_stamp(given.get("update_time")),
        meta_data=present(given, "default_model_slug", "gizmo_id", "is_archived", "is_starred"),
    )
    return conversation(chat, raw, place, options)


def _path(nodes: Nodes, current: Any) -> list[str]:
    """Return the names of the nodes from the root to *current*, each once even where the parents form a ring."""
    if not _is_node(nodes, current):
        current = _latest(nodes)
    path: dict[str, None] = {}
    while _is_node(nodes, current) and current not in path:
        path[current] = None
        current = _part(nodes[current], "parent")
    return list(reversed(path))


def _latest(nodes: Nodes) -> str | None:
    """Return the node that was written last: what to walk from when the export does not say."""
    return max(nodes, key=lambda name: lenient_stamp(_message_part(nodes[name], "create_time")) or "", default=None)


def _whole_tree(nodes: Nodes, path: list[str]) -> list[str]:
    """Return the open branch, then every other node, parents before children."""
    seen = dict.fromkeys(path)
    roots = [name for name in nodes if not _is_node(nodes, _part(nodes[name], "parent"))]
    pending = [*reversed(nodes), *reversed(roots), *reversed(path)]
    visited: set[str] = set()
    while pending:
        name = pending.pop()
        if name in visited:
            continue
        visited.add(name)
        seen.setdefault(name)
        children = _part(nodes[name], "children")
        listed = children if isinstance(children, list) else []
        pending += [child for child in reversed(listed) if _is_node(nodes, child)]
    return list(seen)


def _is_node(nodes: Nodes, name: Any) -> bool:
    return isinstance(name, str) and name in nodes


def _part(node: Any, key: str) -> Any:
    return node.get(key) if isinstance(node, dict) else None


def _message_part(node: Any, key: str) -> Any:
    return _part(_part(node, "message"), key)


def _message(node: Any, name: str, on_path: bool, all_branches: bool) -> Message | None:
    """Return a node's message, or None when it holds nothing (the root, hidden instructions)."""
    if not isinstance(node, dict) or not isinstance(node.get("message"), dict):
        return None
    given = node["message"]
    text, meta = _content(given.get("content"), f"mapping.{name[:40]}.content")
    if not text.strip() and "parts" not in meta:
        return None
    meta |= present(check_object(given.get("metadata") or {}, "metadata"), "model_slug")
    if given.get("recipient") not in (None, "all"):
        meta["recipient"] = given["recipient"]
    if all_branches:
        meta |= {"parent": node.get("parent"), "branch": "open" if on_path else "other"}
    author = check_object(given.get("author") or {}, "author")
    return Message(
        role=author.get("role") or "user",
        text=text,
        key=name,
        created_at=lenient_stamp(given.get("create_time")),
        meta_data=meta | present(author, "name"),
    )


def _content(value: Any, path: str) -> tuple[str, dict[str, Any]]:
    """Return a content's text and, for all but plain text, its type and the parts that are no text."""
    content = check_object(value or {}, path)
    kind = content.get("content_type", "text")
    meta: dict[str, Any] = {} if kind == "text" else {"content_type": kind}
    if kind == "thoughts":
        return _thoughts(content.get("thoughts")), meta
    for key in ("parts", "text", "result", "content"):
        if content.get(key):
            text, rest = block_text(content[key], path)
            return text, meta | ({"parts": rest} if rest else {})
    return "\n".join(text for text in content.values() if isinstance(text, str) and text != kind), meta


def _thoughts(thoughts: Any) -> str:
    listed = thoughts if isinstance(thoughts, list) else []
    texts = [_part(one, "content") or _part(one, "summary") for one in listed]
    return "\n".join(text for text in texts if isinstance(text, str))


FORMAT = Format(
    name="chatgpt",
    summary="the ChatGPT export (conversations.json or its ZIP)",
    extensions=(".json", ".zip"),
    recognise=recognise,
    reader=read,
)
