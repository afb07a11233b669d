"""What is left when the storm is over: each acknowledged bet once, no bet twice, and books that hold."""

from __future__ import annotations

from collections import Counter

import attrs

from rooms_core.domain.bet import Bet
from rooms_core.ports.books import Books
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.testing.bookkeeper import OpenStore, StoreSilent
from rooms_core.testing.builders import a_user
from rooms_store.testing.crowd import DEPOSIT, Crowd


@attrs.frozen(kw_only=True)
class Aftermath:
    """The clients' journal against the books."""

    acknowledged: int
    stored: int
    lost: int
    """Acknowledged bets that are not in the books, or are there as another bet."""
    doubled: int
    """Keys with more than one bet, and clients who paid more or less than their stored bets."""
    wrong: tuple[str, ...]
    """What `queries.verify` found."""

    @property
    def whole(self) -> bool:
        """Whether nothing is lost, doubled or wrong."""
        return not (self.lost or self.doubled or self.wrong)


async def look_at(store: OpenStore, crowd: Crowd) -> Aftermath:
    """Compare what the clients were told with what is in the books. Raises StoreSilent if the store does not answer."""

    async def work(books: Books) -> Result[tuple[list[Bet], dict[int, int]], StoreFailed]:
        bets: list[Bet] = []
        for outcome in crowd.room.pool.outcomes:
            async for block in books.bets.newest_first(crowd.room.id, outcome, late_after_ms=None):
                bets += block
        wallets = await books.journal.wallets([a_user(number).id for number in crowd.numbers])
        return Ok((bets, {user: DEPOSIT.value - wallet.available.value for user, wallet in wallets.items()}))

    read, report = await store.run(work), await store.queries.verify()
    if isinstance(read, Err):
        raise StoreSilent(read.why.message)
    if isinstance(report, Err):
        raise StoreSilent(report.why.message)
    bets, paid = read.value
    staked: Counter[int] = Counter()
    for bet in bets:
        staked[bet.bettor] += bet.stake.value
    keys = Counter((bet.bettor, bet.key) for bet in bets)
    there = set(bets)
    return Aftermath(
        acknowledged=len(crowd.acknowledged),
        stored=len(bets),
        lost=sum(bet not in there for bet in crowd.acknowledged.values()),
        doubled=sum(count - 1 for count in keys.values()) + sum(paid[user] != staked[user] for user in paid),
        wrong=tuple([str(report.value.first_difference)] if report.value.first_difference else [])
        + tuple(f"{check.rule}: {check.what}" for check in report.value.checks if not check.holds),
    )
