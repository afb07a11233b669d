"""The signer of the tests keeps what the port promises."""

from __future__ import annotations

from dataclasses import replace

from rooms_core.domain.address import on_curve
from rooms_core.domain.ids import UserId, WithdrawalId
from rooms_core.domain.money import Lamports
from rooms_core.ports.signer import SignerFailed, TransferOrder
from rooms_core.result import Err, Ok
from rooms_core.testing.scripted_signer import ScriptedSignatures, ScriptedSigner, scripted_signature
from rooms_core.testing.scripted_wire import read_wire, scripted_address

ORDER = TransferOrder(
    memo=WithdrawalId(2),
    source=scripted_address("platform wallet"),
    destination=scripted_address("there"),
    amount=Lamports(7),
    blockhash="blockhash-1",
    fee_max=Lamports(9),
)


async def test_the_same_request_gives_the_same_bytes() -> None:
    """Asked twice it signs one transfer; two requests are two transfers."""
    signer = ScriptedSigner()
    request = signer.request(ORDER)

    first = await signer.sign(request, ORDER)

    assert isinstance(first, Ok)
    assert first == await signer.sign(request, ORDER)
    assert (ORDER, first.value.signature) == read_wire(first.value.wire)
    assert first != await signer.sign(signer.request(ORDER), ORDER)
    assert 2 == len(signer.signed)


async def test_it_signs_exactly_what_was_ordered() -> None:
    """A request for anything else, or no request at all, is refused for good."""
    signer = ScriptedSigner()
    refused = Err(SignerFailed("the request asks for something else", retryable=False))

    assert refused == await signer.sign(signer.request(ORDER), replace(ORDER, amount=Lamports(8)))
    assert refused == await signer.sign("nonsense", ORDER)
    assert set() == signer.signed


async def test_it_can_be_silent() -> None:
    """Nothing is signed, no address is made."""
    signer = ScriptedSigner(failing=100)

    assert Err(SignerFailed("503 service unavailable")) == await signer.sign(signer.request(ORDER), ORDER)
    assert Err(SignerFailed("503 service unavailable")) == await signer.deposit_address(UserId(2))


async def test_every_user_has_an_address_of_his_own() -> None:
    """The same every time, and on the curve like any wallet."""
    signer = ScriptedSigner()

    addresses = [await signer.deposit_address(UserId(user)) for user in (2, 4, 2)]

    assert addresses[0] == addresses[2] != addresses[1]
    assert all(isinstance(each, Ok) and on_curve(each.value) for each in addresses)
    assert on_curve(signer.wallet)


def test_a_signature_is_by_one_key_over_one_message() -> None:
    """Approvers of the tests sign like this."""
    signature = scripted_signature(public_key="a", message=b"m")

    assert ScriptedSignatures().holds(public_key="a", message=b"m", signature=signature)
    assert not ScriptedSignatures().holds(public_key="b", message=b"m", signature=signature)
    assert not ScriptedSignatures().holds(public_key="a", message=b"n", signature=signature)
