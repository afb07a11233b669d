"""The one place where databases differ: locking rows, looking for many keys at once, writing what may be there.

Written for SQLite, where `BEGIN IMMEDIATE` has locked everything already. Another database is added here and
nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, Text, func, literal, select
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.types import TypeEngine


def among(key: ColumnElement[Any], values: Iterable[int | str]) -> ColumnElement[bool]:
    """`key` is one of `values`: one parameter, however many they are, and the key's index is used."""
    each = func.json_each(_array(values)).table_valued("value")
    return key.in_(select(each.c.value))


def columns_of(rows: Iterable[tuple[int | str, ...]], *kinds: TypeEngine[Any]) -> list[ColumnElement[Any]]:
    """The columns, one for each of `kinds`, of a table made of `rows`: one parameter, to be joined with."""
    each = func.json_each(_array(rows)).table_valued("value")
    return [func.json_extract(each.c.value, f"$[{place}]", type_=kind) for place, kind in enumerate(kinds)]


def locked(rows: Select[Any]) -> Select[Any]:
    """Lock the rows a statement reads, in its order, until the unit of work ends. SQLite has locked them all."""
    return rows.with_for_update(key_share=True)


def insert_new(table: Table) -> Insert:
    """An insert that passes over rows whose key is taken; its `rowcount` tells how many were new."""
    return insert(table).on_conflict_do_nothing()


def _array(values: Iterable[Any]) -> ColumnElement[Any]:
    return literal(json.dumps(list(values), ensure_ascii=False), Text())


def wide_sum(amount: ColumnElement[int], name: str = "sum") -> list[ColumnElement[int]]:
    """A sum that may pass 63 bits, in two halves: read it back with `wide`."""
    low = func.sum(amount.bitwise_and(0xFFFFFFFF)).label(f"{name}_low")
    return [func.sum(amount.bitwise_rshift(32)).label(f"{name}_high"), low]


def wide(high: int | None, low: int | None) -> int:
    """The sum whose halves these are; nothing sums to 0."""
    return ((high or 0) << 32) + (low or 0)
