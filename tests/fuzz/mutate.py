"""Hostile bodies from good ones: changes to the structure of JSON, to letters, and to the fields of an account.

Everything follows from the `Random` that is handed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final

from tests.fuzz.json_tree import places_in, read_tree, written
from tests.fuzz.spots import Spot

_AROUND: Final = (
    *(b"\xef\xbb\xbf", b"\x00", b" ", b"\n", b"]", b"}", b"{}", b"null", b"\xc0\x80", b"\xed\xa0\x80", b"//"),
    b",",
)
_WORTH_TRYING: Final = (0, 1, 2, 999, 10**6, 10**15, 2**32, 2**63 - 1, 2**63, 2**64 - 1)
_HOW_OFTEN: Final = (1, 1, 2, 4)


def changed_json(body: bytes, chance: Random, others: Sequence[bytes] = ()) -> bytes:
    """The body changed in one to four places; one that is no JSON is changed in its letters only."""
    try:
        root = [read_tree(body)]
    except (ValueError, RecursionError):
        return changed_letters(body, chance)
    for _ in range(chance.choice(_HOW_OFTEN)):
        places = places_in(root)
        if places:
            Spot(places, chance, others).change()
    sent = "".join([written(each) for each in root]).encode("utf-8", "surrogatepass")
    return changed_letters(sent, chance) if chance.random() < 0.1 else sent


def changed_letters(body: bytes, chance: Random) -> bytes:
    """Letters lost, doubled, flipped or put around it."""
    at = chance.randrange(len(body) + 1)
    end = min(len(body), at + chance.choice((1, 1, 2, 8, 64)))
    match chance.randrange(6):
        case 0:
            return body[:at]
        case 1:
            return body[:at] + body[end:]
        case 2:
            return body[:end] + body[at:]
        case 3:
            return body[:at] + bytes([chance.randrange(256)]) + body[end:]
        case 4:
            return chance.choice(_AROUND) + body
        case _:
            return body + chance.choice(_AROUND)


def changed_fields(body: bytes, chance: Random) -> bytes:
    """Eight bytes replaced by a number that is worth trying, or one byte, or some lost or added."""
    for _ in range(chance.choice(_HOW_OFTEN)):
        at = chance.randrange(len(body) + 1)
        match chance.randrange(4):
            case 0 | 1:
                body = body[:at] + chance.choice(_WORTH_TRYING).to_bytes(8, "little") + body[at + 8 :]
            case 2:
                body = body[:at] + bytes([chance.randrange(256)]) + body[at + 1 :]
            case _:
                body = changed_letters(body, chance)
    return body
