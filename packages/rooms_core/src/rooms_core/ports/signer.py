"""The keeper of the keys: deposit addresses, and transfers signed by the platform's wallet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from rooms_core.domain.address import Address
from rooms_core.domain.ids import UserId, WithdrawalId
from rooms_core.domain.money import Lamports
from rooms_core.result import Result


@dataclass(frozen=True, slots=True)
class SignerFailed:
    """Nothing usable came back. `retryable` False: a rule of the signer's own forbids it, or somebody has to look."""

    message: str
    retryable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferOrder:
    """All that a signed transfer may do: one amount from one address to another, at a fee of at most `fee_max`.

    `memo` names the withdrawal, so that the chain alone tells what was paid.
    """

    memo: WithdrawalId
    source: Address
    destination: Address
    amount: Lamports
    blockhash: str
    fee_max: Lamports


@dataclass(frozen=True, slots=True)
class SignedTransfer:
    """Signed bytes, and the signature by which the chain knows them."""

    signature: str
    wire: bytes


class Signer(Protocol):
    """Signs with keys that never leave it."""

    @property
    def wallet(self) -> Address:
        """The platform's wallet: it pays withdrawals and the chain's fees."""
        ...

    def request(self, order: TransferOrder) -> str:
        """The exact text that asks for this transfer; stored before it is used. Does not go outside."""
        ...

    async def sign(self, request: str, order: TransferOrder) -> Result[SignedTransfer, SignerFailed]:
        """Sign a stored request, after reading it: it must ask for exactly `order` and nothing else.

        The same text gives the same signed bytes, any number of times. What comes back is verified here: the message is
        unchanged, and the wallet's signature holds.
        """
        ...

    async def deposit_address(self, user: UserId) -> Result[Address, SignerFailed]:
        """The deposit address of a user, made if need be: one for each user, the same every time."""
        ...


class SignatureCheck(Protocol):
    """Checks the Ed25519 signatures of approvers; pure arithmetic, so it neither waits nor fails."""

    def holds(self, *, public_key: str, message: bytes, signature: str) -> bool:
        """Whether a signature over a message is by this key (both lower-case hex); ill-formed ones are not."""
        ...
