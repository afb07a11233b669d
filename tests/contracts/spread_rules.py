"""The rules a statement must keep where tables are spread over several servers; `broken` names the first it breaks.

They are those of a Citus cluster. A statement that cannot be read here is refused, so that nothing slips past.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import sqlglot
from sqlglot import exp
from tests.contracts.spread_blocks import Reader
from tests.contracts.spread_plans import Planner, Refused

from rooms_store.distribution import SPREAD

VOLATILE: Final = frozenset(
    {
        "clock_timestamp",
        "timeofday",
        "random",
        "rand",
        "gen_random_uuid",
        "uuid",
        "nextval",
        "setval",
        "lastval",
    }
)
"""Functions that answer otherwise each time: every shard would have an answer of its own."""
STABLE: Final = frozenset(
    {
        "now",
        "current_timestamp",
        "statement_timestamp",
        "transaction_timestamp",
        "current_date",
        "txid_current",
    }
)
_SEQUENCES: Final = frozenset({"nextval", "setval", "lastval", "currval"})
_ALLOWED: Final = (
    "SAVEPOINT ",
    "RELEASE ",
    "ROLLBACK",
    "DECLARE ",
    "FETCH ",
    "CLOSE ",
    "SHOW ",
    "BEGIN",
    "COMMIT",
)
"""What Citus takes as it is, and the parser does not know."""


def broken(statement: str, given: Sequence[object] = (), *, triggers: bool = False) -> str | None:
    """The rule that a statement breaks, or None. `given`: its parameters; `triggers`: they were allowed on shards."""
    try:
        if not statement.lstrip().startswith(_ALLOWED):
            _judge(_parsed(statement), given, triggers)
    except Refused as rule:
        return str(rule)
    return None


def _parsed(statement: str) -> exp.Expr:
    parsed = sqlglot.parse(statement, dialect="postgres")
    if len(parsed) != 1 or parsed[0] is None or isinstance(parsed[0], exp.Command):
        raise Refused("a statement that cannot be read")
    return parsed[0]


def _judge(tree: exp.Expr, given: Sequence[object], triggers: bool) -> None:
    if _SEQUENCES & set(_functions(tree)):
        raise Refused("a sequence")
    match tree:
        case exp.Set():
            _setting(tree)
        case exp.Create():
            _creation(tree, triggers)
        case exp.Copy() | exp.TruncateTable():
            return
        case exp.Query() | exp.Insert() | exp.Update() | exp.Delete():
            _statement(tree, given, frozenset())
        case _:
            raise Refused(f"a statement nobody has tried there: {type(tree).__name__.upper()}")


def _setting(tree: exp.Set) -> None:
    if any(item.args.get("kind") != "LOCAL" for item in tree.expressions):
        raise Refused("a setting that outlives its unit of work")


def _creation(tree: exp.Create, triggers: bool) -> None:
    if tree.kind == "SEQUENCE":
        raise Refused("a sequence")
    if tree.kind == "TRIGGER" and not triggers:
        raise Refused("a trigger, without citus.enable_unsafe_triggers")
    if tree.kind == "INDEX" and tree.args.get("unique"):
        table = tree.this.args["table"].name
        names = {column.name for column in tree.this.find_all(exp.Column)}
        if table in SPREAD and SPREAD[table].column not in names:
            raise Refused("a unique key without the column its table is spread by")


def _statement(tree: exp.Expr, given: Sequence[object], named: frozenset[str]) -> None:
    """A statement or one part of WITH. What WITH names is answered before what reads it."""
    with_ = tree.args.get("with_")
    if with_ is not None:
        for part in with_.expressions:
            _statement(part.this, given, named)
            if with_.args.get("recursive") and _spread_tables(part.this):
                raise Refused("WITH RECURSIVE over a spread table")
            named |= {part.alias}
        tree = tree.copy()
        tree.set("with_", None)
    if tree.find(exp.With) is not None:
        raise Refused("WITH inside a subquery")
    if _spread_tables(tree) and VOLATILE & set(_functions(tree)):
        raise Refused("a volatile function beside a spread table")
    returned = tree.args.get("returning")
    if returned is not None and (VOLATILE | STABLE) & set(_functions(returned)):
        raise Refused("a function in RETURNING that is not immutable")
    if isinstance(tree, exp.Insert):
        _insert(tree)
        source = tree.expression
        if not isinstance(source, exp.Query):
            return
        tree = source
    reader = Reader(given, named)
    block = reader.read(tree)
    if isinstance(tree, exp.Update | exp.Delete):
        target = block.sources[0]
        if not target.spread and any(source.spread for source in block.sources):
            raise Refused("a change of a table that is not spread, by one that is")
        if isinstance(tree, exp.Update) and target.spread:
            _moves(tree.expressions, SPREAD[target.table or ""].column)
    Planner(reader.classes).judge(block)


def _insert(tree: exp.Insert) -> None:
    into = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    if into.name not in SPREAD:
        return
    key = SPREAD[into.name].column
    if isinstance(tree.this, exp.Schema) and key not in {each.name for each in tree.this.expressions}:
        raise Refused("a row without the column its table is spread by")
    if isinstance(tree.expression, exp.Values) and tree.expression.find(exp.Query):
        raise Refused("a subquery among the values of a new row")
    conflict = tree.args.get("conflict")
    if conflict is None:
        return
    keys = conflict.args.get("conflict_keys")
    if keys and key not in {
        column.name for each in keys for column in each.find_all(exp.Column, exp.Identifier)
    }:
        raise Refused("ON CONFLICT without the column its table is spread by")
    if conflict.find(exp.Query):
        raise Refused("a subquery in ON CONFLICT")
    _moves(conflict.expressions, key)


def _moves(changes: Sequence[exp.Expr], key: str) -> None:
    """A row would have to go to another server."""
    for change in changes:
        if isinstance(change, exp.EQ) and change.left.name == key:
            right = change.right
            if not (isinstance(right, exp.Column) and right.name == key and right.table != "excluded"):
                raise Refused("a change of the column its table is spread by")


def _spread_tables(tree: exp.Expr) -> bool:
    return any(table.name in SPREAD for table in tree.find_all(exp.Table))


def _functions(tree: exp.Expr) -> Iterator[str]:
    for function in tree.find_all(exp.Func):
        yield (function.name if isinstance(function, exp.Anonymous) else function.sql_name()).lower()
