"""The one place where databases differ in what they are told: many keys at once, locks, writing what may be there.

Each construct is one object in a statement and becomes the words of SQLite or of PostgreSQL when the statement is
compiled, so that the books are written once. On SQLite `BEGIN IMMEDIATE` has locked everything already.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Dialect,
    Integer,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    column,
    func,
    literal,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import ReturningUpdate
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine

from rooms_core.domain.money import STORED_MAX

WHOLE = BigInteger().with_variant(Integer(), "sqlite")
"""A whole number of 63 bits."""


class _Keys(TypeDecorator[Any]):
    """Many keys as one parameter: an array where there are arrays, else a JSON text."""

    impl = Text
    cache_ok = True

    def __init__(self, *, words: bool) -> None:
        super().__init__()
        self.words = words

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.ARRAY(Text() if self.words else BigInteger()))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        keys = list(value) if self.words else [key for key in value if -STORED_MAX <= key <= STORED_MAX]
        return keys if dialect.name == "postgresql" else json.dumps(keys, ensure_ascii=False)


class _Among(FunctionElement[bool]):
    """`key` stands in an array of keys. As a Boolean SQLite would compare it with 1, and scan."""

    type: TypeEngine[Any] = NullType()
    name = "among"
    inherit_cache = True


@compiles(_Among, "sqlite")
def _among_sqlite(element: _Among, compiler: SQLCompiler, **more: Any) -> str:
    key, keys = (compiler.process(each, **more) for each in element.clauses)
    return f"{key} IN (SELECT value FROM json_each({keys}))"  # noqa: S608 - compiled parts


@compiles(_Among, "postgresql")
def _among_postgresql(element: _Among, compiler: SQLCompiler, **more: Any) -> str:
    key, keys = (compiler.process(each, **more) for each in element.clauses)
    return f"{key} = ANY ({keys})"


def among(key: ColumnElement[Any], values: Iterable[int | str]) -> ColumnElement[bool]:
    """`key` is one of `values`: one parameter, however many they are, and the key's index is used.

    A number of more than 63 bits is nobody's key, and is not asked for.
    """
    keys = list(values)
    return _Among(key, literal(keys, _Keys(words=bool(keys) and isinstance(keys[0], str))))


def among_given(key: ColumnElement[Any], name: str, *, words: bool = False) -> ColumnElement[bool]:
    """The same in a statement that is written once: the values are given as `name` when it runs."""
    return _Among(key, bindparam(name, type_=_Keys(words=words)))


class _Column(TypeDecorator[Any]):
    """One column of rows that are given: an array of it, or all the rows as JSON where that is in its first place."""

    impl = Text
    cache_ok = True

    def __init__(self, place: int, kind: TypeEngine[Any]) -> None:
        super().__init__()
        self.place = place
        self.kind = kind

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        server = dialect.name == "postgresql"
        return dialect.type_descriptor(postgresql.ARRAY(self.kind) if server else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if dialect.name == "postgresql":
            return [row[self.place] for row in value]
        return json.dumps(value, ensure_ascii=False)


class _Rows(FunctionElement[Any]):
    """Rows that are given, as a table: their columns are `c0`, `c1` …, or the elements of `value`."""

    name = "rows"
    inherit_cache = True


@compiles(_Rows, "sqlite")
def _rows_sqlite(element: _Rows, compiler: SQLCompiler, **more: Any) -> str:
    return f"json_each({compiler.process(next(iter(element.clauses)), **more)})"


@compiles(_Rows, "postgresql")
def _rows_postgresql(element: _Rows, compiler: SQLCompiler, **more: Any) -> str:
    names = ", ".join(f"c{place}" for place in range(len(element.clauses)))
    arrays = compiler.process(element.clauses, **more)
    return f"(SELECT * FROM unnest({arrays}) AS given ({names}))"  # noqa: S608 - compiled parts


class _Part(FunctionElement[Any]):
    """One column of such a table."""

    name = "part"
    inherit_cache = True

    def __init__(self, value: ColumnElement[Any], column: ColumnElement[Any], place: int) -> None:
        super().__init__(value, column, literal(place, Integer()))
        self.type = column.type


@compiles(_Part, "sqlite")
def _part_sqlite(element: _Part, compiler: SQLCompiler, **more: Any) -> str:
    value, _, place = element.clauses
    return (
        f"json_extract({compiler.process(value, **more)}, '$[' || {compiler.process(place, **more)} || ']')"
    )


@compiles(_Part, "postgresql")
def _part_postgresql(element: _Part, compiler: SQLCompiler, **more: Any) -> str:
    _, column, _ = element.clauses
    return str(compiler.process(column, **more))


class Given:
    """A table made of rows that are given when a statement runs, to be joined with."""

    def __init__(self, *kinds: TypeEngine[Any]) -> None:
        self._names = [f"given_{place}" for place in range(len(kinds))]
        rows = _Rows(
            *(
                bindparam(name, type_=_Column(place, kind))
                for place, (name, kind) in enumerate(zip(self._names, kinds, strict=True))
            )
        )
        each = rows.table_valued("value", *(column(f"c{place}", kind) for place, kind in enumerate(kinds)))
        self.columns: list[ColumnElement[Any]] = [
            _Part(each.c.value, each.c[f"c{place}"], place) for place in range(len(kinds))
        ]

    def rows(self, rows: Iterable[tuple[int | str, ...]]) -> dict[str, Any]:
        """The parameters of a statement with this table."""
        given = list(rows)
        return dict.fromkeys(self._names, given)


@lru_cache(maxsize=256)
def locked(rows: Select[Any]) -> Select[Any]:
    """Lock the rows a statement reads, in its order, until the unit of work ends. SQLite has locked them all."""
    return rows.with_for_update(key_share=True)


@lru_cache(maxsize=256)
def locked_by_writing(rows: Select[Any]) -> ReturningUpdate[Any]:
    """The same for rows of one table on several servers, where reading cannot lock: their versions are counted up.

    They are locked and answered in no order.
    """
    (table,) = rows.columns_clause_froms
    counted = update(table).values(version=table.c.version + 1)  # type: ignore[arg-type]
    wanted = true() if rows.whereclause is None else rows.whereclause
    return counted.where(wanted).returning(*rows.selected_columns)


def locked_alone(rows: Select[Any]) -> Select[Any]:
    """The same, and it waits for those too who have only `proved` the rows."""
    return rows.with_for_update()


def proved(rows: Select[Any]) -> Select[Any]:
    """Let nobody lock the rows alone until the unit of work ends; they may be `locked` and changed meanwhile."""
    return rows.with_for_update(read=True, key_share=True)


def locked_free(rows: Select[Any]) -> Select[Any]:
    """Lock the rows a statement reads, without those that another unit of work has locked."""
    return rows.with_for_update(key_share=True, skip_locked=True)


def insert(table: Table) -> postgresql.Insert:
    """An insert to which `on_conflict_do_…` is said; both databases understand the same words."""
    return postgresql.insert(table)


def insert_new(table: Table) -> postgresql.Insert:
    """An insert that passes over rows whose key is taken; its `rowcount` tells how many were new."""
    return insert(table).on_conflict_do_nothing()


def upsert(table: Table, row: Mapping[str, Any]) -> postgresql.Insert:
    """Write a row, new or instead of the one with its primary key."""
    fresh = insert(table).values(row)
    keys = [column.name for column in table.primary_key]
    return fresh.on_conflict_do_update(
        index_elements=keys, set_={name: fresh.excluded[name] for name in row if name not in keys}
    )


def insert_rows(table: Table, database: str, *, new_only: bool) -> str:
    """The text that inserts many rows given in the order of the table's columns.

    SQLite runs it once for each row; PostgreSQL once for all, with an array for each column (`arrays_of`).
    """
    if database == "sqlite":
        statement = insert_new(table) if new_only else insert(table)
        return str(statement.compile(dialect=sqlite.dialect(), column_keys=table.c.keys()))
    names = ", ".join(f'"{name}"' for name in table.c.keys())  # noqa: SIM118 - not a dict
    spoken = postgresql.dialect()  # type: ignore[no-untyped-call]
    arrays = ", ".join(
        f"${place}::{column.type.compile(spoken)}[]" for place, column in enumerate(table.c, start=1)
    )
    tail = " ON CONFLICT DO NOTHING" if new_only else ""
    return f"INSERT INTO {table.name} ({names}) SELECT * FROM unnest({arrays}){tail}"  # noqa: S608 - our own names


def arrays_of(rows: Sequence[tuple[Any, ...]]) -> tuple[list[Any], ...]:
    """Rows turned into columns."""
    return tuple(map(list, zip(*rows, strict=True)))


@dataclass(frozen=True)
class Writes:
    """What is written into one table of a batch: new rows, or amounts added to what the rows found by `keys` hold.

    The values are given column by column, those of `keys` first.
    """

    table: Table
    columns: tuple[str, ...]
    keys: tuple[str, ...] = ()


def write_rows(writes: Writes) -> str:
    """The text by which SQLite writes one row; it is run for each of `rows_of`."""
    if not writes.keys:
        return str(insert(writes.table).compile(dialect=sqlite.dialect(), column_keys=writes.columns))
    sums = ", ".join(f'"{name}" = "{name}" + ?' for name in writes.columns)
    found = " AND ".join(f'"{name}" = ?' for name in writes.keys)
    return f"UPDATE {writes.table.name} SET {sums} WHERE {found}"  # noqa: S608 - our own names


def rows_of(writes: Writes, given: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """Columns turned into the rows of `write_rows`, which names what rows are found by last."""
    keys = len(writes.keys)
    return list(zip(*given[keys:], *given[:keys], strict=True))


def write_together(all_writes: Sequence[Writes]) -> str:
    """The one statement by which PostgreSQL writes several tables; it answers how many rows of each it wrote."""
    parts, first = [], 1
    for number, writes in enumerate(all_writes):
        parts.append(f"w{number} AS ({_write_arrays(writes, first)} RETURNING 1)")
        first += len(writes.keys) + len(writes.columns)
    counts = ", ".join(f"(SELECT count(*) FROM w{number})" for number in range(len(all_writes)))  # noqa: S608
    return f"WITH {', '.join(parts)} SELECT {counts}"


def _write_arrays(writes: Writes, first: int) -> str:
    table, given = writes.table, (*writes.keys, *writes.columns)
    spoken = postgresql.dialect()  # type: ignore[no-untyped-call]
    arrays = ", ".join(
        f"${place}::text[]" if isinstance(kind, Text) else f"(${place}::text)::{kind.compile(spoken)}[]"
        for place, kind in enumerate((table.c[name].type for name in given), start=first)
    )
    names = ", ".join(f'"{name}"' for name in given)
    if not writes.keys:
        return f"INSERT INTO {table.name} ({names}) SELECT * FROM unnest({arrays})"  # noqa: S608 - our own names
    sums = ", ".join(f'"{name}" = {table.name}."{name}" + given."{name}"' for name in writes.columns)
    found = " AND ".join(f'{table.name}."{name}" = given."{name}"' for name in writes.keys)
    return f"UPDATE {table.name} SET {sums} FROM unnest({arrays}) AS given ({names}) WHERE {found}"  # noqa: S608


def array_of(values: Sequence[Any], kind: TypeEngine[Any]) -> Any:
    """A column as a parameter of `write_together`: numbers as a text, which takes less time than a list of them."""
    return list(values) if isinstance(kind, Text) else "{" + ",".join(map(str, values)) + "}"


def total(amount: ColumnElement[int]) -> ColumnElement[int]:
    """A sum that fits into 63 bits; PostgreSQL fails where it does not, SQLite too."""
    return cast(func.sum(amount), WHOLE)


def wide_sum(amount: ColumnElement[int], name: str = "sum") -> list[ColumnElement[int]]:
    """A sum that may pass 63 bits, in two halves: read it back with `wide`."""
    low = func.sum(amount.bitwise_and(0xFFFFFFFF)).label(f"{name}_low")
    return [func.sum(amount.bitwise_rshift(literal(32, Integer()))).label(f"{name}_high"), low]


def wide(high: int | None, low: int | None) -> int:
    """The sum whose halves these are; nothing sums to 0. A server may answer sums as decimals."""
    return (int(high or 0) << 32) + int(low or 0)
