"""Why there is no price, at the command line."""

from __future__ import annotations

import pytest

from rooms_cli.price_refusals import no_price
from rooms_core.ports.oracle import NotPriceable, OracleFailed


@pytest.mark.parametrize(
    "why, said, hint",
    [
        (NotPriceable("WIF/USD", "unknown"), "it is not listed", "rooms oracle list"),
        (NotPriceable("SOL/USD", "NO_QUORUM"), "too few independent families", "rooms oracle probe SOL/USD"),
        (NotPriceable("SOL/USD", "NO_CONSENSUS"), "the families do not agree", "rooms oracle probe SOL/USD"),
        (OracleFailed("gone"), "The oracle did not answer: gone.", "Please try again."),
        (OracleFailed("gone", retryable=False), "The oracle did not answer: gone.", ""),
    ],
)
def test_a_refusal_says_why_and_where_to_look(why: NotPriceable | OracleFailed, said: str, hint: str) -> None:
    """In words; the rule's own word is nobody's business here."""
    refused = no_price(why)

    assert said in refused.what
    assert hint in refused.hint
    assert "NO_QUORUM" not in refused.what
