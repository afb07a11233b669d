"""Ok and Err: what a call answers when saying no is part of the job.

A refusal (the rules say no) or a failure (the world is silent) travels in `Err`; only broken promises of our
own are exceptions. Take a result apart with `match`: first `Ok` / `Err`, then what is inside `Err`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

T_co = TypeVar("T_co", covariant=True)
E_co = TypeVar("E_co", covariant=True)
T = TypeVar("T")
E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Ok(Generic[T_co]):
    """It was done; `value` is the answer."""

    value: T_co


@dataclass(frozen=True, slots=True)
class Err(Generic[E_co]):
    """It was not done; `why` says which rule or which silence stopped it."""

    why: E_co


Result: TypeAlias = Ok[T] | Err[E]
"""`Result[T, E]`: an `Ok` with a `T`, or an `Err` with an `E`."""
