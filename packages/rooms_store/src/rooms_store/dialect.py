"""The one place where databases differ in what they are told: many keys at once, locks, writing what may be there.

Each construct is one object in a statement and becomes the words of SQLite or of PostgreSQL when the statement is
compiled, so that the books are written once. On SQLite `BEGIN IMMEDIATE` has locked everything already.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Dialect, Integer, Select, Table, Text, cast, func, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine

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
        return value if dialect.name == "postgresql" else json.dumps(value, ensure_ascii=False)


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
    """`key` is one of `values`: one parameter, however many they are, and the key's index is used."""
    keys = list(values)
    return _Among(key, literal(keys, _Keys(words=bool(keys) and isinstance(keys[0], str))))


class _Each(FunctionElement[Any]):
    """The elements of a JSON array, as rows with one column `value`."""

    name = "each"
    inherit_cache = True


@compiles(_Each, "sqlite")
def _each_sqlite(element: _Each, compiler: SQLCompiler, **more: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **more)})"


@compiles(_Each, "postgresql")
def _each_postgresql(element: _Each, compiler: SQLCompiler, **more: Any) -> str:
    return f"jsonb_array_elements(CAST({compiler.process(element.clauses, **more)} AS jsonb))"


class _Part(FunctionElement[Any]):
    """One element of a JSON array, as a value of a type."""

    name = "part"
    inherit_cache = True

    def __init__(self, value: ColumnElement[Any], place: int, kind: TypeEngine[Any]) -> None:
        super().__init__(value, literal(place, Integer()))
        self.type = kind


@compiles(_Part, "sqlite")
def _part_sqlite(element: _Part, compiler: SQLCompiler, **more: Any) -> str:
    value, place = (compiler.process(each, **more) for each in element.clauses)
    return f"json_extract({value}, '$[' || {place} || ']')"


@compiles(_Part, "postgresql")
def _part_postgresql(element: _Part, compiler: SQLCompiler, **more: Any) -> str:
    value, place = (compiler.process(each, **more) for each in element.clauses)
    kind = compiler.dialect.type_compiler_instance.process(element.type)
    return f"CAST({value} ->> {place} AS {kind})"


def columns_of(rows: Iterable[tuple[int | str, ...]], *kinds: TypeEngine[Any]) -> list[ColumnElement[Any]]:
    """The columns, one for each of `kinds`, of a table made of `rows`: one parameter, to be joined with."""
    each = _Each(literal(json.dumps(list(rows), ensure_ascii=False), Text())).table_valued("value")
    return [_Part(each.c.value, place, kind) for place, kind in enumerate(kinds)]


def locked(rows: Select[Any]) -> Select[Any]:
    """Lock the rows a statement reads, in its order, until the unit of work ends. SQLite has locked them all."""
    return rows.with_for_update(key_share=True)


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
