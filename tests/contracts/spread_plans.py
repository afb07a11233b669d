"""Whether a statement's blocks can be answered where tables are spread, by the rules of Citus's planner.

What is fixed to one shard goes there whole and may do anything. Else every shard answers for itself, so that what is
joined must lie together; a subquery that does not is answered first, by itself, and sent to where it is wanted. That
is impossible if it names what stands outside of it.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp
from tests.contracts.spread_blocks import Block, Classes, Link, Source


class Refused(Exception):
    """A rule is broken; the text says which."""


class Planner:
    """Judges the blocks of one statement."""

    def __init__(self, classes: Classes) -> None:
        self._classes = classes

    def judge(self, block: Block) -> None:
        """Raises Refused for a block that cannot be answered."""
        tables = list(block.tables())
        if not tables or self._on_one_shard(tables):
            return
        if block.branches:
            for branch in block.branches:
                self.judge(branch)
            return
        _whole(block.node)
        own = [source for source in block.sources if source.spread]
        anchor = self._anchor(block, own)
        if not self._together([*anchor, *own]):
            raise Refused("a join of tables that do not lie together")
        for source in block.sources:
            if source.block is not None:
                self._derived(source.block, anchor)
        for link in block.links:
            self._link(link, anchor)
        self._outer_joins(block, anchor)

    def _anchor(self, block: Block, own: list[Source]) -> list[Source]:
        """The table beside which the others must lie; none where everything is answered before."""
        inside = [
            table
            for source in block.sources
            if source.block is not None and self._goes_along(source.block)
            for table in source.block.tables()
        ]
        return (own or inside)[:1]

    def _derived(self, inside: Block, anchor: list[Source]) -> None:
        if self._goes_along(inside) and self._together([*anchor, *inside.tables()]):
            return
        if inside.outer:
            raise Refused("a LATERAL subquery of what lies elsewhere")
        self.judge(inside)

    def _link(self, link: Link, anchor: list[Source]) -> None:
        inside = list(link.block.tables())
        if not inside:
            return
        along = bool(anchor) and self._goes_along(link.block) and self._together([*anchor, *inside])
        if along and link.bare:
            return
        if link.block.outer:
            raise Refused("a correlated subquery of what lies elsewhere")
        if link.listed and anchor:
            raise Refused("a subquery in the list of answers of a spread table")
        self.judge(link.block)

    def _outer_joins(self, block: Block, anchor: list[Source]) -> None:
        """What was answered before cannot be the side of which every row is kept: each shard would keep it."""
        sources = iter(block.sources)
        first = next(sources, None)
        kept = first is not None and self._pushed(first, anchor)
        for join, source in zip(block.node.args.get("joins") or (), sources, strict=False):
            pushed = self._pushed(source, anchor)
            if (join.side == "LEFT" and pushed and not kept) or (
                join.side == "RIGHT" and kept and not pushed
            ):
                raise Refused("an outer join that keeps what does not lie on the shards")
            kept = kept or pushed

    def _pushed(self, source: Source, anchor: list[Source]) -> bool:
        if source.block is None:
            return source.spread
        inside = list(source.block.tables())
        return bool(inside) and self._goes_along(source.block) and self._together([*anchor, *inside])

    def _goes_along(self, block: Block) -> bool:
        """Whether every shard can answer a subquery for itself, without what the other shards have."""
        tables, node = list(block.tables()), block.node
        if not tables or block.branches or node.args.get("limit") or node.args.get("offset"):
            return False
        if not self._together(tables) or not all(
            source.block is None or not list(source.block.tables()) or self._goes_along(source.block)
            for source in block.sources
        ):
            return False
        group = node.args.get("group")
        if group is None:
            return not (node.args.get("distinct") or any(each.find(exp.AggFunc) for each in node.expressions))
        keys = {self._classes.of(table.key) for table in tables}
        names = {(each.table, each.name) for each in group.expressions if isinstance(each, exp.Column)}
        return any(
            self._classes.of((source.number, name)) in keys
            for source in block.sources
            for table, name in names
            if table in ("", source.name)
        )

    def _together(self, tables: Iterable[Source]) -> bool:
        """All of one group, and the columns they are spread by must be equal."""
        return len({(table.group, self._classes.of(table.key)) for table in tables}) <= 1

    def _on_one_shard(self, tables: list[Source]) -> bool:
        return self._together(tables) and self._classes.of(tables[0].key)[0] == "value"


def _whole(node: exp.Expr) -> None:
    """What needs all rows at once."""
    if node.args.get("locks"):
        raise Refused("row locks over several shards")
    group = node.args.get("group")
    if group is not None and group.find(exp.GroupingSets, exp.Cube, exp.Rollup) is not None:
        raise Refused("grouping sets over several shards")
