"""Cases for `rooms oracle aggregate` and records for the checker: what is accepted follows from what it says."""

from __future__ import annotations

import asyncio
import hashlib
import json
from random import Random
from typing import Any, Final

from tests.fuzz.laws import must
from tests.fuzz.mutate import changed_json, changed_letters
from tests.fuzz.plain_json import read_plain

from rooms_cli.json_cases import read_cases
from rooms_core.proofs.canonical import canonical_bytes
from rooms_core.result import Err, Ok
from rooms_oracle.checker import check_records
from rooms_oracle.generated import GeneratedFeeds, Token
from rooms_oracle.lines import aggregate_line
from rooms_oracle.oracle import ConsensusOracle

T: Final = 1_730_419_200_000
_TOLD: Final = 300


def cases(body: bytes) -> int:
    """Each line is answered; an accepted answer follows from the observations of its line."""
    accepted = 0
    for case in read_cases(body.splitlines(keepends=True)):
        match case.value:
            case Err(why):
                told(why.message)
            case Ok(value):
                match aggregate_line(value):
                    case Err(reason):
                        told(reason.message)
                    case Ok(answer):
                        again = json.loads(canonical_bytes(answer))
                        follows(again["result"], value["params"], value["observations"], "age_ms")
                        accepted += again["result"]["status"] == "ACCEPTED"
    return accepted


def told(message: str) -> None:
    """What is wrong is told shortly, in letters that can be printed."""
    must(len(message) <= _TOLD and message.isprintable(), f"it cannot be told: {message[:99]!r}")


def follows(result: Any, params: Any, observations: Any, age: str) -> None:
    """An accepted price is the weighted mean of a quorum that was there, believable, and agrees."""
    if result["status"] != "ACCEPTED":
        must("price" not in result, "a price that was not accepted")
        return
    inliers = {name: [int(each) for each in vote] for name, vote in result["inliers"].items()}
    whole = sum(weight for _, _, weight in inliers.values())
    mean = (sum(price * weight for price, _, weight in inliers.values()) + whole // 2) // whole
    must(int(result["price"]) == mean > 0, "no mean of the inliers")
    must(len(inliers) >= int(params["quorum"]), "fewer than the quorum")
    good = {
        seen["family"]
        for seen in observations
        if int(seen["price"]) > 0
        and int(seen["conf"]) >= 0
        and int(seen["weight"]) > 0
        and -int(params["max_skew_ms"]) <= int(seen[age]) <= int(params["max_age_ms"])
    }
    must(set(inliers) <= good, "a family that said nothing believable")
    far = [
        name
        for name, (price, _, _) in inliers.items()
        if abs(price - int(result["median"])) > int(result["tolerance"])
    ]
    must(not far, "an inlier that is none")


def records(body: bytes) -> int:
    """Accepted records are sealed as they say; an accepted tick among them follows from its observations."""
    lines = body.decode("utf-8", "surrogateescape").split("\n")
    checked = check_records(lines)
    if isinstance(checked, Err):
        must(0 <= checked.why.position < len(lines), "a record that was not handed in")
        must(bool(checked.why.reason), "no reason")
    else:
        must(checked.value == len(lines), "another number of records")
    good = lines[: checked.why.position] if isinstance(checked, Err) else lines
    for line in good:
        fields = read_plain(line.encode())
        sealed = fields.pop("hash")
        must(sealed == f"sha256:{hashlib.sha256(spelled(fields)).hexdigest()}", "another seal")
        if fields["v"] == "rooms-agg/1":
            follows(fields["result"], fields["params"], fields["observations"], "age_ms")
    return len(good)


def spelled(value: Any) -> bytes:
    """Canonical JSON as the standard library writes it; keys of our records sort alike in all orders."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def changed_records(body: bytes, chance: Random) -> bytes:
    """One line changed, and mostly sealed again by somebody who can hash; or lines lost, doubled and exchanged."""
    lines = body.split(b"\n")
    at = chance.randrange(len(lines))
    match chance.randrange(8):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, chance.choice(lines))
        case 2:
            return changed_letters(body, chance)
        case _:
            changed = changed_json(lines[at], chance, [chance.choice(lines)])
            lines[at] = resealed(changed) if chance.random() < 0.8 else changed
    return b"\n".join(lines)


def resealed(line: bytes) -> bytes:
    """A record with the hash that fits it, if it is still an object."""
    try:
        fields = json.loads(line)
        if isinstance(fields, dict):
            fields.pop("hash", None)
            return spelled({**fields, "hash": f"sha256:{hashlib.sha256(spelled(fields)).hexdigest()}"})
    except (ValueError, RecursionError):
        pass
    return line


def changed_cases(body: bytes, chance: Random) -> bytes:
    """One line changed, the others as they are."""
    lines = body.split(b"\n")
    at = chance.randrange(len(lines))
    lines[at] = changed_json(lines[at], chance, [chance.choice(lines)])
    return b"\n".join(lines)


def case_bodies() -> tuple[bytes, ...]:
    """A case with a consensus, one without, one with an outlier and a hit on either side, and two in a file."""
    seen = [_seen(name, price) for name, price in (("a", 1000), ("b", 1001), ("c", 1002), ("d", 2000))]
    made = [_case(seen[:3]), _case(seen[:2]), _case(seen), _case([])]
    bodies = [json.dumps(each).encode() for each in made]
    return (*bodies, b"\n".join(bodies[:2]))


def _seen(name: str, price: int) -> dict[str, str]:
    given = {"price": str(price * 10**12), "conf": "10000000", "age_ms": "500", "weight": "10"}
    return {"source": name, "family": name, **given}


def _case(seen: list[dict[str, str]]) -> dict[str, object]:
    params = {"max_age_ms": "10000", "max_skew_ms": "2000", "quorum": "3"}
    ppm = {"tol_floor_ppm": "3000", "tol_cap_ppm": "10000", "conf_cap_ppm": "5000"}
    hits = [{"target": str(1001 * 10**12), "direction": each} for each in ("up", "down")]
    return {"name": "x", "params": params | ppm, "observations": seen, "hits": hits}


def record_bodies() -> tuple[bytes, ...]:
    """Two ticks of a coin, its rate and a token, and a settle price with the ticks that it rests on."""
    return asyncio.run(_records())


async def _records() -> tuple[bytes, ...]:
    oracle = ConsensusOracle(GeneratedFeeds(11, tokens=[Token(mint="M", sol_price=303_030)]))
    told = []
    for name, ticks in (("pump:M", 2), ("USDT/USD", 21)):
        oracle.poll(name)
        lines = []
        for tick_ms in range(T, T + 3_000 * ticks, 3_000):
            ticked = await oracle.tick(tick_ms)
            assert isinstance(ticked, Ok)
            lines += [record.body for record in ticked.value.records]
        if ticks > 2:
            closed = await oracle.close_price(name, settle_at_ms=T + 60_000, now_ms=T + 63_000)
            assert isinstance(closed, Ok)
            lines += [each.body for each in getattr(closed.value, "records", ()) if each.body not in lines]
        oracle = ConsensusOracle(GeneratedFeeds(11))
        told.append("\n".join(lines).encode())
    return tuple(told)
