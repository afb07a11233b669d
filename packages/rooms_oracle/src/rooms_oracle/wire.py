"""Foreign JSON becomes numbers here, exactly: never through a float, and nothing that is no positive price.

JSON is read with whole numbers and `Decimal`; a price may come as a string or as a number. It becomes a whole number
of 10^-12 at once, half-even. `NaN`, infinities, empty strings, null, booleans, zero and negatives are refused.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Annotated, Any, Final, NamedTuple, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, PlainValidator, ValidationError

from rooms_core.result import Err, Ok, Result
from rooms_oracle.failures import Malformed

SCALE: Final = 12
UNITS_MAX: Final = 2**63 - 1
_DIGITS_MAX: Final = 60
_NUMBER: Final = re.compile(r"[0-9]{1,24}(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)
_WIDE: Final = Context(prec=2 * _DIGITS_MAX, rounding=ROUND_HALF_EVEN)
_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z", re.ASCII
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_MS: Final = 2**48
"""A time beyond the year 10,000 is none."""


class Wire(BaseModel):
    """A foreign object: exact types, nothing converted, fields we do not use passed over, contents not repeated."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", hide_input_in_errors=True)


class Digits(NamedTuple):
    """A positive amount in 10^-12, and the digits it was sent in."""

    units: int
    text: str


def digits_of(value: object, *, shift: int = 0) -> Digits:
    """Read a positive amount times 10^`shift`. Raises ValueError with the reason."""
    found = amount_of(value, shift=shift)
    if found.units == 0:
        raise ValueError("not above zero")
    return found


def amount_of(value: object, *, shift: int = 0) -> Digits:
    """The same, where 0 is an answer too."""
    if isinstance(value, str):
        if _NUMBER.fullmatch(value) is None:
            raise ValueError("no number")
        number = Decimal(value)
    elif type(value) is int or isinstance(value, Decimal):
        number = Decimal(value)
    else:
        raise ValueError("no number")
    if not number.is_finite() or len(number.as_tuple().digits) > _DIGITS_MAX or abs(number.adjusted()) > 99:
        raise ValueError("no number")
    units = int(number.scaleb(SCALE + shift, _WIDE).to_integral_value(ROUND_HALF_EVEN, _WIDE))
    if not 0 <= units <= UNITS_MAX:
        raise ValueError("negative" if units < 0 else "beyond all prices")
    return Digits(units, value if isinstance(value, str) else str(value))


def instant_of(value: object) -> int:
    """A time as ISO 8601 in UTC, in its one common spelling, in ms. Raises ValueError."""
    if not isinstance(value, str) or _INSTANT.fullmatch(value) is None:
        raise ValueError("no time")
    return _in_time((datetime.fromisoformat(value) - _EPOCH) // timedelta(milliseconds=1))


def seconds_of(value: object) -> int:
    """A time in whole seconds, in ms. Raises ValueError."""
    if type(value) is not int:
        raise ValueError("no time")
    return _in_time(1_000 * value)


def millis_of(value: object) -> int:
    """A time in ms, written as digits. Raises ValueError."""
    if not isinstance(value, str) or not (value.isascii() and value.isdigit() and len(value) < 16):
        raise ValueError("no time")
    return _in_time(int(value))


def _in_time(at_ms: int) -> int:
    if not 0 < at_ms < _LATEST_MS:
        raise ValueError("no time")
    return at_ms


Price = Annotated[Digits, PlainValidator(digits_of)]
"""A positive price."""
Instant = Annotated[int, PlainValidator(instant_of)]
Seconds = Annotated[int, PlainValidator(seconds_of)]
Millis = Annotated[int, PlainValidator(millis_of)]

M = TypeVar("M", bound=Wire)


def read_json(body: bytes) -> Result[object, Malformed]:
    """The body as JSON; an object that names a key twice, or a bare NaN, is none."""
    try:
        return Ok(
            json.loads(
                body.decode("utf-8"),
                parse_float=Decimal,
                parse_int=int,
                parse_constant=_refuse,
                object_pairs_hook=_object,
            )
        )
    except (ValueError, ArithmeticError, RecursionError):
        return Err(Malformed("no JSON"))


def read(model: type[M], value: object) -> Result[M, Malformed]:
    """The value as one of our models; what is wrong is told by place and reason, not by content."""
    try:
        return Ok(model.model_validate(value))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join([str(part) for part in first["loc"]][:4])
        return Err(Malformed(f"{where or model.__name__}: {first['msg'].removeprefix('Value error, ')}"))


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key twice")
    return made
