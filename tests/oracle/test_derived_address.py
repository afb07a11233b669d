"""Addresses of programs are derived as the chain derives them."""

from __future__ import annotations

from rooms_core.domain.address import Address, address_bytes, on_curve
from rooms_oracle.derived_address import SPL_TOKEN, TOKEN_2022, derived_address, token_account
from rooms_oracle.feeds.pumpfun import PUMP

MINT = Address("7LSsEoJGhLeZzGvDofTdNg7M3JttxQqGWNLo6vWMpump")


def test_published_addresses_are_derived() -> None:
    """The launch pad's global account, and the authority of a coin's pool as its documentation names it."""
    assert "4wTV1YmiEkRvAtNtsSGPtUrqRYQMe5SKy2uB4Jjaxnjf" == derived_address([b"global"], PUMP)
    assert "9XDYTfQKwW8sHPqnFdUreMmtmffmkHVPGTNV2e3LKxNW" == derived_address(
        [b"pool-authority", address_bytes(MINT)], PUMP
    )


def test_no_key_can_sign_for_a_derived_address() -> None:
    """It is no point of the curve."""
    assert not any(on_curve(derived_address([bytes([number])], PUMP)) for number in range(8))


def test_an_owner_has_one_account_for_each_token_and_program() -> None:
    """The two token programs do not share accounts."""
    assert token_account(MINT, MINT, SPL_TOKEN) != token_account(MINT, MINT, TOKEN_2022)
