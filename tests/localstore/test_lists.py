"""What screens list: pages of events and files by a line, tags one by one, settings at each level."""

from __future__ import annotations

from pathlib import Path

import pytest

from localstore import Store, events, setting_levels
from localstore.attached.image_sizes import image_size
from localstore.errors import InvalidFilter, InvalidValue
from localstore.finding.event_filters import EventFilter
from localstore.finding.file_filters import FileFilter
from localstore.lists import tag_list
from localstore.lists.tag_list import TagFilter
from localstore.models import Setting, Tag
from localstore.setting_levels import SettingFilter


@pytest.fixture
def full(store: Store) -> Store:
    """A store with 300 events of three types, an hour apart, the third of them about an item."""
    item = store.items.add("One").id
    with store.database.writing() as connection:
        connection.execute("DELETE FROM events")
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 299)"
            " INSERT INTO events (id, created_at, event_type, actor_id, item_id, payload)"
            " SELECT printf('%08d-0000-7000-8000-000000000000', i),"
            " strftime('%Y-%m-%dT%H:%M:%f', '2026-01-01', i || ' hours') || '000Z',"
            " iif(i % 3, iif(i % 3 = 1, 'door.open', 'door_shut'), 'note'), ?, iif(i % 3, NULL, ?),"
            " json_object('label', 'Step ' || i, 'rate', '100%') FROM n",
            (store.local_user_id, item),
        )
    return store


def found(store: Store, line: str) -> list[str]:
    page = store.events.listing.page(EventFilter.parse(line), "-created", limit=500)
    return [row.event_type for row in page.rows]


# -- events


@pytest.mark.parametrize("sort", ["-created", "created", "-id"])
def test_pages_and_anchors_go_through_every_event_once(full: Store, sort: str) -> None:
    listing, where = full.events.listing, EventFilter()
    starts = [None, *listing.anchors(where, sort, 128)]
    pages = [listing.page(where, sort, after, 128) for after in starts]
    rows = [row.id for page in pages for row in page.rows]
    assert len(rows) == len(set(rows)) == listing.count(where) == 300
    assert rows == sorted(rows, reverse=sort.startswith("-"))
    assert [page.next for page in pages] == [*starts[1:], None]


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("", 300),
        ("type:door*", 200),
        ("type:door.*", 100),
        ("type:door.open type:note", 200),
        ("type:none", 0),
        ("type:none.*", 0),
        ("item:One", 100),
        ("item:-", 200),
        ("who:Ada", 300),
        ("who:-", 0),
        ("org:-", 300),
        ("until:2026-01-02T00:00:00Z", 24),
        ("since:2026-01-02T00:00:00Z until:2026-01-02T02:00:00Z", 2),
        ("step 299", 1),
        ("100%", 300),
        ("10%0", 0),
        ("door_open", 0),
        ('type:note "Step 3"', 5),
    ],
)
def test_a_line_finds_what_it_says(full: Store, line: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(found(full, line)) == count
    assert full.events.listing.count(EventFilter.parse(line)) == count
    monkeypatch.setattr("localstore.finding.event_filters.FEW", 3)  # the list is walked in its order
    assert len(found(full, line)) == count


@pytest.mark.parametrize(
    ("line", "position", "words"),
    [
        ("one tpye:x", 4, "unknown field 'tpye': did you mean 'type'?"),
        ("since:", 0, "since: needs a value, such as since:7d"),
        ("one since:never", 4, "'never' is neither a date"),
        ("one who:bob", 4, "there is no user 'bob': there is ada@example.org"),
        ("one org:lab", 4, "there is no organization 'lab'"),
        ("one item:zzzz", 4, "There is no item 'zzzz'"),
        ('say "hello', 4, "a quote is open"),
    ],
)
def test_a_line_that_cannot_be_read_says_where(full: Store, line: str, position: int, words: str) -> None:
    with pytest.raises(InvalidFilter) as caught:
        found(full, line)
    assert words in str(caught.value)
    assert caught.value.position == position


def test_types_are_counted_within_a_line(full: Store) -> None:
    assert full.events.types() == {"door.open": 100, "door_shut": 100, "note": 100}
    assert full.events.types(EventFilter.parse("item:One type:door.open").without_types()) == {"note": 100}


def test_a_great_many_are_ordered_by_id(full: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert full.events.newest() == "-created"
    monkeypatch.setattr(events, "SORTED", 299)
    assert full.events.newest() == "-id"


def test_an_unknown_order_and_a_false_cursor_are_refused(full: Store) -> None:
    with pytest.raises(InvalidValue, match="cannot sort by 'size'"):
        full.events.listing.page(EventFilter(), "size")
    with pytest.raises(InvalidValue, match="is no cursor"):
        full.events.listing.page(EventFilter(), "-id", "x")


# -- files


def test_files_are_listed_by_size_kind_and_state(store: Store, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("long text")
    store.items.add("One")
    store.files.attach("One", tmp_path / "a.txt", copy=True)
    store.files.add(filename="b%.png", path="file://h/b", mime_type="image/png", size_bytes=2**40)
    store.files.add(filename="c", path="file://h/c", size_bytes=3)

    def names(line: str, sort: str = "size") -> list[str]:
        return [row.filename for row in store.files.listing.page(FileFilter.parse(line), sort).rows]

    assert names("") == ["c", "a.txt", "b%.png"]
    assert names("", "-kind") == ["a.txt", "b%.png", "c"]
    assert (names("is:kept"), names("is:referred", "name")) == (["a.txt"], ["b%.png", "c"])
    assert (names("kind:image"), names("kind:image/*"), names("B%")) == (["b%.png"], ["b%.png"], ["b%.png"])
    assert (names("item:One"), names("is:loose")) == (["a.txt"], ["c", "b%.png"])
    missing = FileFilter.parse("is:missing").given({"missing": (store.files.all({"filename": "c"})[0].id,)})
    assert [row.filename for row in store.files.listing.page(missing, "name").rows] == ["c"]
    with pytest.raises(InvalidFilter, match="no file is 'lost'"):
        names("is:lost")


@pytest.mark.parametrize(
    ("head", "size"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\2\x80\0\0\1\xe0", (640, 480)),
        (b"GIF89a\x80\x02\xe0\x01\0", (640, 480)),
        (b"\xff\xd8\xff\xe0\0\4\0\0\xff\xc0\0\x11\x08\1\xe0\2\x80", (640, 480)),
        (b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\x7f\2\0\xdf\1\0", (640, 480)),
        (b"\x89PNG\r\n\x1a\n", None),
        (b"\xff\xd8\xff", None),
        (b"\xff\xd8\xff\xe0\0\0\xff\xe0\0\0\xff\xe0\0\0", None),
        (b"text", None),
    ],
)
def test_the_size_of_an_image_is_told_by_its_first_bytes(head: bytes, size: tuple[int, int] | None) -> None:
    assert image_size(head) == size


# -- tags


@pytest.fixture
def tagged(store: Store) -> Store:
    """Two items, the tags nlp (two), todo (one), and another NLP (one), newer."""
    store.items.add("One", tags=["nlp", "todo"])
    two = store.items.add("Two", tags=["nlp"]).id
    with store.action("made", "made") as action:
        other = action.insert(Tag, {"name": "NLP", "color": "teal"})["id"]
        action.connection.execute("INSERT INTO item_tag_links (item_id, tag_id) VALUES (?, ?)", (two, other))
    return store


def test_each_tag_is_a_row_and_doubles_are_counted(tagged: Store) -> None:
    rows = tag_list.rows(tagged)
    assert [(row.name, row.items, row.doubles) for row in rows] == [("nlp", 2, 1), ("NLP", 1, 1), ("todo", 1, 0)]
    assert [row.name for row in tag_list.ordered(rows, "-items")] == ["nlp", "NLP", "todo"]
    assert [row.name for row in tag_list.ordered(rows, "-created")] == ["NLP", "todo", "nlp"]
    assert [row.name for row in rows if TagFilter.parse("is:double is:coloured #N").holds(row)] == ["NLP"]
    with pytest.raises(InvalidFilter, match="no tag is 'twice'"):
        TagFilter.parse("is:twice")


def test_merging_says_what_moves_and_is_one_action(tagged: Store) -> None:
    before = tag_list.rows(tagged)
    nlp, other, todo = (row.id for row in before)
    assert tag_list.count_merge(tagged, [other, todo], nlp) == (2, 2)
    assert tag_list.merge_all(tagged, [other, todo, nlp], nlp) == 2
    assert [(row.name, row.items) for row in tag_list.rows(tagged)] == [("nlp", 2)]
    assert tagged.undo() == "merge 2 tags into 'nlp'"
    assert tag_list.rows(tagged) == before
    with pytest.raises(InvalidValue, match="cannot be merged with itself"):
        tag_list.merge_all(tagged, [nlp], nlp)


def test_doubles_are_merged_into_the_oldest_as_one_action(tagged: Store) -> None:
    before = tag_list.rows(tagged)
    assert tag_list.merge_doubles(tagged) == (1, 1)
    assert [(row.name, row.items, row.doubles) for row in tag_list.rows(tagged)] == [("nlp", 2, 0), ("todo", 1, 0)]
    assert tag_list.merge_doubles(tagged) == (0, 0)
    tagged.undo()
    assert tag_list.rows(tagged) == before


def test_several_tags_are_coloured_as_one_action(tagged: Store) -> None:
    tag_list.recolour(tagged, [row.id for row in tag_list.rows(tagged)], "#f80")
    assert {row.color for row in tag_list.rows(tagged)} == {"#f80"}
    tagged.undo()
    assert [row.color for row in tag_list.rows(tagged)] == [None, "teal", None]


# -- settings


def test_each_setting_has_the_value_that_holds_and_what_each_level_says(store: Store) -> None:
    bob = store.users.add("bob@example.org").id
    store.settings.set("trash.keep_days", 90, "global")
    store.settings.set("trash.keep_days", 7, "user")
    store.settings.set("lab.colour", "red", user=bob, known=False)
    rows = {row.key: row for row in setting_levels.rows(store)}
    days, colour = rows["trash.keep_days"], rows["lab.colour"]
    assert (days.value, days.origin, [level.scope for level in days.levels]) == (7, "user", ["user", "global"])
    assert (colour.value, colour.origin, colour.elsewhere) == (None, "–", 1)
    assert (rows["import.split"].value, rows["import.split"].origin) == ("none", "default")
    theirs = {row.key: row for row in setting_levels.rows(store, user=bob)}
    assert (theirs["trash.keep_days"].value, theirs["lab.colour"].value) == (90, "red")
    assert [row.key for row in rows.values() if SettingFilter.parse("is:unknown").holds(row)] == ["lab.colour"]
    assert [row.key for row in rows.values() if SettingFilter.parse("from:user RESTORED").holds(row)] == [
        "trash.keep_days"
    ]


def test_a_value_that_a_setting_does_not_take_is_passed_over_for_the_next_row(store: Store) -> None:
    with store.action("made") as action:
        action.insert(Setting, {"scope": "global", "key": "trash.keep_days", "value": "soon"})
    row = next(row for row in setting_levels.rows(store) if row.key == "trash.keep_days")
    assert (row.value, row.origin) == (30, "default")
    assert row.wrong.startswith("global: 'soon' is not")
    with store.action("made") as action:
        old = "2020-01-01T00:00:00.000000Z"
        given = {"scope": "global", "key": "trash.keep_days", "value": 5, "created_at": old, "updated_at": old}
        action.insert(Setting, given)
    row = next(row for row in setting_levels.rows(store) if row.key == "trash.keep_days")
    assert (row.value, row.origin, row.elsewhere) == (5, "global", 0)
    assert store.settings.get("trash.keep_days").value == 5


@pytest.mark.parametrize("line", ["is:odd", "from:nobody", "who:x"])
def test_a_line_about_settings_that_cannot_be_read_is_refused(line: str) -> None:
    with pytest.raises(InvalidFilter):
        SettingFilter.parse(line)
