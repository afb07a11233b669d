"""A statement read as blocks: what each SELECT, UPDATE or DELETE in it reads, and which columns must be equal.

A table that is spread counts as fixed to one shard where the column it is spread by must be equal to a value, and two
of one group lie together where these columns must be equal to each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final, TypeAlias

from sqlglot import exp

from rooms_store.distribution import SPREAD
from rooms_store.tables import metadata

Node: TypeAlias = tuple[object, str]
"""A column of a source, by the source's number; or a value, in Python's words."""

COLUMNS: Final = {name: frozenset(table.c.keys()) for name, table in metadata.tables.items()}
_NUMBERS: Final = count()


class Classes:
    """What must be equal, as sets that grow together."""

    def __init__(self) -> None:
        self._above: dict[Node, Node] = {}

    def of(self, node: Node) -> Node:
        """The one that stands for all that must be equal to this."""
        while node in self._above:
            node = self._above[node]
        return node

    def equal(self, one: Node, other: Node) -> None:
        """These two must be; a value stands for its set."""
        first, second = self.of(one), self.of(other)
        if first != second:
            if first[0] == "value":
                first, second = second, first
            self._above[first] = second


@dataclass(eq=False)
class Source:
    """One thing that a block reads: a table of ours (`table`), a block of its own (`block`), or something else."""

    name: str
    table: str | None = None
    block: Block | None = None
    number: int = field(default_factory=lambda: next(_NUMBERS))

    @property
    def spread(self) -> bool:
        """Whether it is a table that is cut up."""
        return self.table in SPREAD

    @property
    def key(self) -> Node:
        """The column it is spread by."""
        assert self.table is not None
        return self.number, SPREAD[self.table].column

    @property
    def group(self) -> str:
        """What its shards lie with."""
        assert self.table is not None
        return SPREAD[self.table].beside or self.table


@dataclass(eq=False)
class Link:
    """A subquery in an expression. `bare`: only ANDs stand above it in WHERE; `listed`: among the answers."""

    block: Block
    bare: bool
    listed: bool


@dataclass(eq=False)
class Block:
    """One SELECT, UPDATE, DELETE or UNION. `outer`: it names what stands outside of it."""

    node: exp.Expr
    above: Block | None = None
    sources: list[Source] = field(default_factory=list)
    branches: list[Block] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    outer: bool = False

    def tables(self) -> Iterator[Source]:
        """The spread tables that are read here and inside."""
        for source in self.sources:
            if source.block is not None:
                yield from source.block.tables()
            elif source.spread:
                yield source
        for inside in (*self.branches, *(link.block for link in self.links)):
            yield from inside.tables()


class Reader:
    """Reads blocks. `given`: the parameters, in order; `named`: what WITH has named, which is no table."""

    def __init__(self, given: Sequence[object] = (), named: frozenset[str] = frozenset()) -> None:
        self.classes = Classes()
        self._given = given
        self._named = named

    def read(self, node: exp.Expr, above: Block | None = None) -> Block:
        """The block of a statement or a subquery."""
        node = node.unnest()
        block = Block(node, above)
        if isinstance(node, exp.SetOperation):
            block.branches = [self.read(side, above) for side in (node.left, node.right)]
            block.outer = any(branch.outer for branch in block.branches)
            return block
        for item in _items(node):
            block.sources.append(self._source(item, block))
        for part, bare, listed in _expressions(node):
            for each in _outermost(part):
                if isinstance(each, exp.Query):
                    straight = bare and _only_ands(each, part)
                    block.links.append(Link(self.read(each, block), straight, listed))
                elif isinstance(each, exp.Column):
                    self._node(each, block)
            if bare:
                for each in part.flatten() if isinstance(part, exp.And) else [part]:
                    self._equal(each, block)
        return block

    def _source(self, item: exp.Expr, block: Block) -> Source:
        if isinstance(item, exp.Subquery):
            inside = self.read(item.this, block)
            source = Source(item.alias, block=inside)
            for name, column in _answers(inside):
                self.classes.equal((source.number, name), column)
            return source
        table = item.name if isinstance(item, exp.Table) and item.name not in self._named else None
        return Source(item.alias_or_name, table=table if table in COLUMNS else None)

    def _equal(self, each: exp.Expr, block: Block) -> None:
        each = each.unnest()
        if isinstance(each, exp.EQ):
            one, other = self._node(each.left, block), self._node(each.right, block)
            if one is not None and other is not None:
                self.classes.equal(one, other)

    def _node(self, each: exp.Expr, block: Block) -> Node | None:
        while isinstance(each, exp.Paren | exp.Cast):
            each = each.this
        if isinstance(each, exp.Parameter):
            place = int(each.name)
            known = place <= len(self._given)
            return "value", repr(self._given[place - 1]) if known else f"${place}"
        if isinstance(each, exp.Literal):
            return "value", repr(each.to_py())
        return self.column(each, block) if isinstance(each, exp.Column) else None

    def column(self, each: exp.Column, block: Block) -> Node | None:
        """The column that a name means: of the innermost block that has it."""
        crossed: list[Block] = []
        within: Block | None = block
        while within is not None:
            for source in within.sources:
                known = COLUMNS.get(source.table or "", frozenset())
                if source.name == each.table if each.table else each.name in known:
                    for between in crossed:
                        between.outer = True
                    return source.number, each.name
            crossed.append(within)
            within = within.above
        return None


def _items(node: exp.Expr) -> Iterator[exp.Expr]:
    """What stands in FROM and USING; of an UPDATE or a DELETE its own table first."""
    if isinstance(node, exp.Update | exp.Delete):
        yield node.this
        yield from node.args.get("using") or ()
    first = node.args.get("from_")
    if first is not None:
        yield first.this
        yield from (join.this for join in first.this.args.get("joins") or ())
    yield from (join.this for join in node.args.get("joins") or ())


def _expressions(node: exp.Expr) -> Iterator[tuple[exp.Expr, bool, bool]]:
    """The expressions of a block: whether they must hold, and whether they are answered."""
    first = node.args.get("from_")
    for join in (*((first.this.args.get("joins") or ()) if first else ()), *(node.args.get("joins") or ())):
        if join.args.get("on") is not None:
            yield join.args["on"], True, False
    for name in ("where", "having"):
        if node.args.get(name) is not None:
            yield node.args[name].this, name == "where", False
    for name in ("expressions", "group", "order", "returning"):
        given = node.args.get(name) or ()
        for each in given if isinstance(given, list) else [given]:
            if isinstance(each, exp.Expr):
                yield each, False, True


def _outermost(part: exp.Expr) -> Iterator[exp.Expr]:
    """All nodes, without those inside a subquery."""
    yield from part.walk(prune=lambda node: isinstance(node, exp.Query))


def _only_ands(each: exp.Expr, top: exp.Expr) -> bool:
    """Nothing but AND, NOT of the subquery itself, and brackets stand between a subquery and the top of a condition."""
    while each is not top:
        parent = each.parent
        if parent is None or isinstance(parent, exp.Or | exp.Case):
            return False
        each = parent
    return True


def _answers(block: Block) -> Iterator[tuple[str, Node]]:
    """The columns that a block hands on as they are, by the names it gives them."""
    if block.branches:
        return
    for each in block.node.expressions:
        if isinstance(each, exp.Star):
            for source in block.sources:
                yield from ((name, (source.number, name)) for name in COLUMNS.get(source.table or "", ()))
            continue
        plain = each.unalias()
        if isinstance(plain, exp.Column):
            for source in block.sources:
                known: Mapping[str, object] | frozenset[str] = COLUMNS.get(source.table or "", frozenset())
                if source.name == plain.table if plain.table else plain.name in known:
                    yield each.alias_or_name, (source.number, plain.name)
                    break
