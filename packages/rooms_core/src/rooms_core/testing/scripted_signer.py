"""A signer in memory, and approvers' keys that anybody can make: for tests and trials only, they protect nothing."""

from __future__ import annotations

import hashlib
from random import Random

from rooms_core.domain.address import Address
from rooms_core.domain.ids import UserId
from rooms_core.ports.signer import SignedTransfer, SignerFailed, TransferOrder
from rooms_core.proofs.canonical import canonical_bytes, parse_canonical
from rooms_core.result import Err, Ok, Result
from rooms_core.testing.scripted_chain import CrashPoints
from rooms_core.testing.scripted_wire import order_record, scripted_address, write_wire


class ScriptedSigner:
    """Implements `ports.signer.Signer`. `failing`: per cent of the calls that get no answer."""

    def __init__(self, seed: int = 0, *, points: CrashPoints | None = None, failing: int = 0) -> None:
        self.failing = failing
        self.points = points or CrashPoints()
        self.signed: set[str] = set()
        self._random = Random(seed)
        self._made = 0

    @property
    def wallet(self) -> Address:
        """The platform's wallet."""
        return scripted_address("platform wallet")

    def request(self, order: TransferOrder) -> str:
        """The text that asks for a transfer; two requests never read the same."""
        self._made += 1
        return canonical_bytes({"made": str(self._made), "order": order_record(order)}).decode()

    async def sign(self, request: str, order: TransferOrder) -> Result[SignedTransfer, SignerFailed]:
        """Sign what a request asks for, if it is this order; the same request gives the same bytes."""
        self.points.reach()
        if self._random.randrange(100) < self.failing:
            return Err(SignerFailed("503 service unavailable"))
        match parse_canonical(request.encode()):
            case Ok({"order": dict() as record}) if record == order_record(order):
                signature = hashlib.sha512(request.encode()).hexdigest()
                self.signed.add(signature)
                self.points.reach()
                return Ok(SignedTransfer(signature, write_wire(order, signature)))
            case _:
                return Err(SignerFailed("the request asks for something else", retryable=False))

    async def deposit_address(self, user: UserId) -> Result[Address, SignerFailed]:
        """The deposit address of a user."""
        self.points.reach()
        if self._random.randrange(100) < self.failing:
            return Err(SignerFailed("503 service unavailable"))
        return Ok(scripted_address(f"deposit address {user}"))


def scripted_signature(*, public_key: str, message: bytes) -> str:
    """What an approver's key says to a message."""
    return hashlib.sha512(public_key.encode() + message).hexdigest()


class ScriptedSignatures:
    """Implements `ports.signer.SignatureCheck` for `scripted_signature`."""

    def holds(self, *, public_key: str, message: bytes, signature: str) -> bool:
        """Whether it is the signature that this key gives."""
        return signature == scripted_signature(public_key=public_key, message=message)
