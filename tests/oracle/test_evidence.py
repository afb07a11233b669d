"""The chain of records."""

from __future__ import annotations

import json

from rooms_core.proofs.canonical import canonical_hash
from rooms_oracle.evidence import EvidenceLog, close_body, seal


def test_a_record_is_sealed_by_its_own_hash() -> None:
    """SHA-256 of its canonical JSON without `hash`; keys sorted, no blanks."""
    record = seal({"v": "x"}, instrument="X/USD", tick_ms=3_000, prev=None)
    fields = json.loads(record.body)

    assert record.hash == fields.pop("hash") == canonical_hash(fields)
    assert f'{{"hash":"{record.hash}","prev":null,"v":"x"}}' == record.body
    assert ("X/USD", 3_000, None) == (record.instrument, record.tick_ms, record.prev)


def test_each_instrument_has_a_chain_of_its_own() -> None:
    """A record names the one before it of the same instrument."""
    log = EvidenceLog()
    a1, b1, a2 = [log.append({"n": str(n)}, instrument=name, tick_ms=n) for n, name in enumerate("aba")]

    assert (None, None, a1.hash) == (a1.prev, b1.prev, a2.prev)
    assert (a1, b1, a2) == log.pending() == log.drain()
    assert () == log.pending()


def test_a_chain_goes_on_where_it_was_left() -> None:
    """After the last stored record; but not backwards, once it has gone on."""
    log = EvidenceLog()
    log.resume("a", "sha256:1")
    log.resume("a", None)
    first = log.append({}, instrument="a", tick_ms=0)
    log.resume("a", "sha256:1")

    assert "sha256:1" == first.prev
    assert first.hash == log.append({}, instrument="a", tick_ms=3).prev


def test_a_settle_price_names_the_ticks_it_is_the_median_of() -> None:
    """With their prices and records."""
    body = close_body("X/USD", 60_000, 7, [(57_000, 7, "sha256:t")])

    assert [{"tick_ms": "57000", "price": "7", "evidence": "sha256:t"}] == body["ticks"]
    assert {"price": "7"} == body["result"]
