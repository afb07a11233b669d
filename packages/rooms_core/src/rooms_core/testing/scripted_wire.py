"""Signed bytes and addresses as the scripted chain and signer understand them."""

from __future__ import annotations

import hashlib
from typing import Any

from rooms_core.domain.address import Address, address_of, on_curve
from rooms_core.domain.ids import WithdrawalId
from rooms_core.domain.money import Lamports
from rooms_core.ports.signer import TransferOrder
from rooms_core.proofs.canonical import Json, canonical_bytes, parse_canonical
from rooms_core.result import Ok


def scripted_address(name: str) -> Address:
    """A wallet's address for a name, the same every time: the first point of the curve among its hashes."""
    raw = hashlib.sha256(name.encode()).digest()
    while not on_curve(address_of(raw)):
        raw = hashlib.sha256(raw).digest()
    return address_of(raw)


def order_record(order: TransferOrder) -> dict[str, Json]:
    """A transfer as a record."""
    return {
        "memo": str(order.memo),
        "source": order.source,
        "destination": order.destination,
        "amount": str(order.amount.value),
        "blockhash": order.blockhash,
        "fee_max": str(order.fee_max.value),
    }


def read_order(record: dict[str, Any]) -> TransferOrder:
    """A transfer back from its record."""
    return TransferOrder(
        memo=WithdrawalId(int(record["memo"])),
        source=Address(record["source"]),
        destination=Address(record["destination"]),
        amount=Lamports(int(record["amount"])),
        blockhash=record["blockhash"],
        fee_max=Lamports(int(record["fee_max"])),
    )


def write_wire(order: TransferOrder, signature: str) -> bytes:
    """Signed bytes."""
    return canonical_bytes({"order": order_record(order), "signature": signature})


def read_wire(wire: bytes) -> tuple[TransferOrder, str]:
    """The transfer and the signature in signed bytes. Raises ValueError for bytes that nobody here has signed."""
    match parse_canonical(wire):
        case Ok({"order": dict() as record, "signature": str() as signature}):
            return read_order(record), signature
        case _:
            raise ValueError("these bytes were not signed by the scripted signer")
