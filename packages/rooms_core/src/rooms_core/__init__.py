"""ROOMS: a parimutuel engine. Money in whole lamports, every movement a posting, every settlement re-runnable.

    >>> from rooms_core import YES, NO, HouseRules, Lamports, Stake, settle
    >>> sol = 1_000_000_000
    >>> stakes = [Stake("ann", YES, Lamports(10 * sol)), Stake("bob", NO, Lamports(5 * sol))]
    >>> ended = settle(stakes, [YES], HouseRules.preset("rooms"))
    >>> str(ended.payouts["ann"])
    '14.55 SOL'

What is exported here is the library for developers; the services of a running house are in `rooms_core.services`,
what they ask of the world in `rooms_core.ports`.
"""

from rooms_core._version import __version__
from rooms_core.domain.dividend import DeadHeat, Dividend, DividendRule
from rooms_core.domain.fees import FeeSchedule, TakeoutBase
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.market import NO, YES, Outcome
from rooms_core.domain.money import Bps, Lamports, parse_sol, sol
from rooms_core.domain.pool import Pool
from rooms_core.domain.quote import Quote, quote
from rooms_core.domain.referral import ReferralBasis, ReferralTiers
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.settlement import Settlement, Stake, Voided, settle, void
from rooms_core.domain.tally import Figures, Line, Position, Tally
from rooms_core.domain.terms import Terms, VoidReason, decide
from rooms_core.proofs.receipt import ReceiptFacts, make_receipt
from rooms_core.proofs.receipt_check import verify_receipt
from rooms_core.result import Err, Ok, Result

__all__ = [
    "NO",
    "YES",
    "Bps",
    "DeadHeat",
    "Dividend",
    "DividendRule",
    "Err",
    "FeeSchedule",
    "Figures",
    "HouseRules",
    "InvariantBroken",
    "Lamports",
    "Line",
    "Ok",
    "Outcome",
    "Pool",
    "Position",
    "Quote",
    "ReceiptFacts",
    "ReferralBasis",
    "ReferralTiers",
    "Result",
    "Settlement",
    "Stake",
    "TakeoutBase",
    "Tally",
    "Terms",
    "VoidReason",
    "Voided",
    "__version__",
    "decide",
    "make_receipt",
    "parse_sol",
    "quote",
    "settle",
    "sol",
    "verify_receipt",
    "void",
]
