"""The trees of a damaged file: which page belongs to which table, as far as whole interior pages say.

Every page is looked at once, so that a pointer that leads around in a circle ends there. A page that two trees claim
is *contested*: one of both pointers is damaged, and its rows are told by their shape.
"""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field

from localstore.models import BY_NAME
from localstore.recovery.cells import (
    INDEX_INTERIOR,
    INDEX_LEAF,
    TABLE_INTERIOR,
    TABLE_LEAF,
    Record,
    cell_places,
    children,
    kind_of,
    records,
)
from localstore.recovery.pages import Pages

UNCLAIMED, FREE, CONTESTED, SCHEMA = 0, 1, 2, 3
FIRST_TREE = 4
_INTERIOR = {TABLE_LEAF: TABLE_INTERIOR, INDEX_LEAF: INDEX_INTERIOR}
SCHEMA_NAME = "sqlite_schema"


@dataclass(slots=True)
class Tree:
    """A table or an index: the table it is of, its root, and what walking it told."""

    table: str
    root: int
    leaf: int
    """What its leaves are: TABLE_LEAF, or INDEX_LEAF of an index and of a table without rowid."""
    index: bool = False
    partial: bool = False
    cells: int = 0
    unreadable: int = 0
    contested: bool = False
    """Whether another tree leads to pages of this one, or this one to pages of another."""

    @property
    def sure(self) -> bool:
        """Whether nothing is wrong with it."""
        return not (self.unreadable or self.contested)


@dataclass(slots=True)
class Forest:
    """All trees, and for each page the number of who claims it (``FIRST_TREE`` + place in ``trees``)."""

    trees: list[Tree]
    claims: array[int]
    free_list_sound: bool = True
    known: dict[str, int] = field(default_factory=dict)
    """Rows a table should have, as an index of it that is whole says."""
    unreadable: dict[str, int] = field(default_factory=dict)
    """Pages that cannot be read, by the table whose rows they held."""

    def owner(self, number: int) -> Tree | None:
        """Return the tree of a page; None for free, contested and unclaimed pages."""
        claim = self.claims[number]
        return self.trees[claim - FIRST_TREE] if claim >= FIRST_TREE else None


def survey(pages: Pages) -> Forest:
    """Walk the free list, the schema and every tree."""
    forest = Forest([], array("H", bytes(2 * (pages.there + 1))))
    _claim_free(pages, forest)
    schema = Tree(SCHEMA_NAME, 1, TABLE_LEAF)
    _walk(pages, forest, schema, SCHEMA)
    listed = _listed(pages, forest, whole=not schema.unreadable)
    forest.trees = [tree for found in listed if (tree := _tree(pages, found))]
    for at, tree in enumerate(forest.trees):
        _walk(pages, forest, tree, FIRST_TREE + at)
    if schema.unreadable:
        forest.unreadable[SCHEMA_NAME] = schema.unreadable
    _sum_up(forest)
    return forest


def _sum_up(forest: Forest) -> None:
    """How many rows there were is what most of the sound trees of a table say."""
    said: dict[str, Counter[int]] = {}
    for tree in forest.trees:
        if tree.unreadable:
            name = f"an index of {tree.table}" if tree.index else tree.table
            forest.unreadable[name] = forest.unreadable.get(name, 0) + tree.unreadable
        if tree.sure and not tree.partial and tree.table in BY_NAME:
            said.setdefault(tree.table, Counter())[tree.cells] += 1
    forest.known = {table: max(votes, key=lambda cells: (votes[cells], cells)) for table, votes in said.items()}


def _walk(pages: Pages, forest: Forest, tree: Tree, number: int) -> None:
    """Claim every page of a tree, counting what cannot be read and the cells that hold rows or keys."""
    waiting = [tree.root]
    while waiting:
        place = waiting.pop()
        if not 0 < place <= pages.there:
            tree.unreadable += 1
            continue
        if forest.claims[place] not in (UNCLAIMED, FREE):
            _contest(forest, tree, place)
            continue
        page = pages.read(place)
        kind = kind_of(page, place) if page else 0
        if page is None or kind not in (tree.leaf, _INTERIOR[tree.leaf]):
            tree.unreadable += 1
            continue
        forest.claims[place] = number
        if kind != TABLE_INTERIOR:
            tree.cells += len(cell_places(page, place))
        if kind != tree.leaf:
            _descend(pages, tree, page, place, waiting)


def _contest(forest: Forest, tree: Tree, place: int) -> None:
    tree.contested = True
    if other := forest.owner(place):
        other.contested = True
    forest.claims[place] = CONTESTED


def _descend(pages: Pages, tree: Tree, page: bytes, place: int, waiting: list[int]) -> None:
    try:
        waiting.extend(reversed(list(children(page, place))))
    except IndexError:
        tree.unreadable += 1


def _claim_free(pages: Pages, forest: Forest) -> None:
    """Claim the free pages, whose rows were deleted; a list that does not add up is not believed at all."""
    trunk, expected = pages.free_list()
    found: set[int] = set()
    while trunk and trunk not in found and (page := pages.read(trunk)):
        found.add(trunk)
        count = int.from_bytes(page[4:8], "big")
        if count > len(page) // 4 - 2:
            break
        found.update(int.from_bytes(page[8 + 4 * at : 12 + 4 * at], "big") for at in range(count))
        trunk = int.from_bytes(page[:4], "big")
    forest.free_list_sound = not trunk and len(found) == expected and all(1 < n <= pages.there for n in found)
    for number in found if forest.free_list_sound else ():
        forest.claims[number] = FREE


def _listed(pages: Pages, forest: Forest, *, whole: bool) -> list[list[object]]:
    """Return the rows of the schema; when its tree is broken, from every page that no tree claims."""
    wanted = (SCHEMA,) if whole else (SCHEMA, UNCLAIMED, CONTESTED)
    found: dict[str, list[object]] = {}
    for number in range(1, pages.there + 1):
        if forest.claims[number] not in wanted:
            continue
        page = pages.read(number)
        if page and kind_of(page, number) == TABLE_LEAF:
            for each in records(pages, page, number):
                if each and _is_schema(each):
                    found[str(each.values[1])] = each.values
    return list(found.values())


def _is_schema(row: Record) -> bool:
    values = row.values
    return len(values) == 5 and values[0] in ("table", "index") and isinstance(values[3], int) and values[3] > 1


def _tree(pages: Pages, row: list[object]) -> Tree | None:
    """Return the tree of a row of the schema, unless its root is no page of the file; its root tells its kind."""
    kind, name, table, root, sql = row
    assert isinstance(root, int)
    if root > pages.count:
        return None
    index = kind == "index"
    page = pages.read(root)
    flat = index or (page is not None and kind_of(page, root) in (INDEX_LEAF, INDEX_INTERIOR))
    of = table if index or table in BY_NAME else name  # a table has its name twice: one of them may be damaged
    return Tree(
        str(of), root, INDEX_LEAF if flat else TABLE_LEAF, index, index and isinstance(sql, str) and " WHERE " in sql
    )
