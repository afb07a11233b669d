"""The promises of `ports.custody_books.Withdrawals`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rooms_core.domain.address import Address
from rooms_core.domain.approval import Decision, Verdict
from rooms_core.domain.attempt import Attempt, AttemptState
from rooms_core.domain.ids import UserId, WithdrawalId
from rooms_core.domain.money import STORED_MAX, Lamports
from rooms_core.domain.withdrawal import Tier, Withdrawal, WithdrawalState
from rooms_core.ports.books import Books
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.clock import NOON_MS

FIRST = Withdrawal(
    id=WithdrawalId(904),
    user=UserId(2),
    key="k",
    amount=Lamports(STORED_MAX),
    destination=Address("D"),
    source=Address("S"),
    tier=Tier.W2,
    outflow=Lamports(7),
    policy_hash="sha256:p",
    nonce="00" * 32,
    requested_at_ms=NOON_MS,
    not_before_ms=NOON_MS + 1,
    expires_at_ms=NOON_MS + 2,
    state=WithdrawalState.AWAITING_APPROVAL,
)
SMALL = replace(
    FIRST, id=WithdrawalId(902), key="k2", amount=Lamports(100), outflow=Lamports(40), tier=Tier.W0
)
BENS = replace(SMALL, id=WithdrawalId(906), user=UserId(4), amount=Lamports(10), outflow=Lamports(3))
ATTEMPT = Attempt(
    withdrawal=FIRST.id,
    number=1,
    request='{"é":1}',
    approvals="sha256:a",
    blockhash="b",
    last_valid_height=2**40,
    observed_slot=2**41,
    fee_max=Lamports(5_000),
    made_at_ms=NOON_MS,
)


async def add(keeper: Bookkeeper, *rows: Withdrawal) -> None:
    """Record withdrawals."""

    async def work(books: Books) -> None:
        for row in rows:
            assert await books.withdrawals.add(row)

    await keeper.do(work)


@pytest.fixture
async def asked(keeper: Bookkeeper) -> Bookkeeper:
    """Two people who asked for three withdrawals."""
    await keeper.people(2, 4, each=Lamports(0))
    await add(keeper, FIRST, SMALL, BENS)
    return keeper


async def test_a_withdrawal_comes_back_as_it_was_asked_for(asked: Bookkeeper) -> None:
    """By its number or by its user's key."""
    assert FIRST == await asked.do(lambda books: books.withdrawals.lock(FIRST.id))
    assert BENS == await asked.do(lambda books: books.withdrawals.by_key(UserId(4), "k2"))
    assert None is await asked.do(lambda books: books.withdrawals.lock(WithdrawalId(998)))
    assert None is await asked.do(lambda books: books.withdrawals.by_key(UserId(4), "k"))


async def test_a_key_asks_once(asked: Bookkeeper) -> None:
    """The same key of the same user is the same withdrawal; the first one stands (I5)."""
    again = replace(FIRST, id=WithdrawalId(990), amount=Lamports(1), outflow=Lamports(0))

    assert not await asked.do(lambda books: books.withdrawals.add(again))
    assert FIRST == await asked.do(lambda books: books.withdrawals.by_key(FIRST.user, FIRST.key))
    assert None is await asked.do(lambda books: books.withdrawals.lock(again.id))


async def test_a_withdrawal_moves_on_if_its_state_is_still_the_same(asked: Bookkeeper) -> None:
    """State, first time, reason and end are written; what was asked for stays."""
    moved = replace(
        FIRST, state=WithdrawalState.CANCELLED, not_before_ms=9, reason="by_user", ended_at_ms=NOON_MS + 9
    )
    forged = replace(moved, amount=Lamports(1), destination=Address("mine"), outflow=Lamports(0))
    was = WithdrawalState.AWAITING_APPROVAL

    assert await asked.do(lambda books: books.withdrawals.save(forged, was=was))
    assert not await asked.do(lambda books: books.withdrawals.save(forged, was=was))
    assert not await asked.do(
        lambda books: books.withdrawals.save(replace(forged, id=WithdrawalId(998)), was=was)
    )
    assert moved == await asked.do(lambda books: books.withdrawals.lock(FIRST.id))


async def test_withdrawals_are_found_by_state(asked: Bookkeeper) -> None:
    """By id, in any of the states asked for."""
    sent = replace(SMALL, state=WithdrawalState.SENT)
    await asked.do(lambda books: books.withdrawals.save(sent, was=SMALL.state))

    assert [sent, FIRST, BENS] == await asked.do(
        lambda books: books.withdrawals.find([WithdrawalState.AWAITING_APPROVAL, WithdrawalState.SENT])
    )
    assert [sent] == await asked.do(lambda books: books.withdrawals.find([WithdrawalState.SENT]))
    assert [] == await asked.do(lambda books: books.withdrawals.find([]))


async def test_what_was_asked_since_leaves_out_what_was_released(asked: Bookkeeper) -> None:
    """At or after the given time, of one user or of all; sums may pass what one account can hold."""
    await add(
        asked,
        replace(BENS, id=WithdrawalId(908), key="a", state=WithdrawalState.CANCELLED),
        replace(BENS, id=WithdrawalId(910), key="b", state=WithdrawalState.FAILED_ON_CHAIN),
        replace(BENS, id=WithdrawalId(912), key="c", state=WithdrawalState.DONE),
        replace(BENS, id=WithdrawalId(914), key="d", requested_at_ms=NOON_MS - 1),
    )

    assert Lamports(STORED_MAX + 100 + 20) == await asked.do(
        lambda books: books.withdrawals.asked_since(NOON_MS)
    )
    assert Lamports(20) == await asked.do(
        lambda books: books.withdrawals.asked_since(NOON_MS, user=UserId(4))
    )
    assert Lamports(30) == await asked.do(lambda books: books.withdrawals.asked_since(0, user=UserId(4)))
    assert Lamports(40 + 3 + 3) == await asked.do(lambda books: books.withdrawals.outflow_since(NOON_MS))
    assert Lamports(0) == await asked.do(lambda books: books.withdrawals.asked_since(NOON_MS + 1))
    assert Lamports(0) == await asked.do(lambda books: books.withdrawals.outflow_since(NOON_MS + 1))


async def test_a_destination_is_known_once_it_was_paid(asked: Bookkeeper) -> None:
    """By this very user, to this very address."""
    assert not await asked.do(lambda books: books.withdrawals.has_paid(UserId(2), Address("D")))

    await add(asked, replace(SMALL, id=WithdrawalId(908), key="x", state=WithdrawalState.DONE))

    assert await asked.do(lambda books: books.withdrawals.has_paid(UserId(2), Address("D")))
    assert not await asked.do(lambda books: books.withdrawals.has_paid(UserId(2), Address("E")))
    assert not await asked.do(lambda books: books.withdrawals.has_paid(UserId(4), Address("D")))


async def test_an_approver_decides_once(asked: Bookkeeper) -> None:
    """A decision is not changed; decisions are listed by approver."""

    def decision(approver: str, verdict: Verdict = Verdict.APPROVE) -> Decision:
        return Decision(
            withdrawal=FIRST.id, approver=approver, zone="z", verdict=verdict, signature="ab", at_ms=NOON_MS
        )

    zoe, ann = decision("zoe"), decision("ann", Verdict.REJECT)

    assert await asked.do(lambda books: books.withdrawals.add_decision(zoe))
    assert await asked.do(lambda books: books.withdrawals.add_decision(ann))
    assert not await asked.do(lambda books: books.withdrawals.add_decision(decision("ann")))
    assert await asked.do(lambda books: books.withdrawals.add_decision(replace(zoe, withdrawal=SMALL.id)))
    assert [ann, zoe] == await asked.do(lambda books: books.withdrawals.decisions(FIRST.id))
    assert [] == await asked.do(lambda books: books.withdrawals.decisions(BENS.id))


async def test_one_attempt_may_be_live(asked: Bookkeeper) -> None:
    """A second one is recorded when the first can no longer pay; numbers are taken once (I13)."""
    dead = replace(ATTEMPT, state=AttemptState.EXPIRED)
    second = replace(ATTEMPT, number=2)

    assert await asked.do(lambda books: books.withdrawals.add_attempt(ATTEMPT))
    assert not await asked.do(lambda books: books.withdrawals.add_attempt(second))
    assert await asked.do(lambda books: books.withdrawals.save_attempt(dead, was=AttemptState.PREPARED))
    assert not await asked.do(lambda books: books.withdrawals.add_attempt(ATTEMPT))
    assert await asked.do(lambda books: books.withdrawals.add_attempt(second))
    assert [dead, second] == await asked.do(lambda books: books.withdrawals.attempts(FIRST.id))


async def test_the_dead_do_not_rise_beside_the_living(asked: Bookkeeper) -> None:
    """An attempt that ended cannot become live again while another one is."""
    dead = replace(ATTEMPT, state=AttemptState.EXPIRED)
    await asked.do(lambda books: books.withdrawals.add_attempt(dead))
    await asked.do(lambda books: books.withdrawals.add_attempt(replace(ATTEMPT, number=2)))
    risen = replace(dead, state=AttemptState.SENT)

    assert not await asked.do(lambda books: books.withdrawals.save_attempt(risen, was=AttemptState.EXPIRED))
    assert [dead] == (await asked.do(lambda books: books.withdrawals.attempts(FIRST.id)))[:1]


async def test_an_attempt_moves_on_if_its_state_is_still_the_same(asked: Bookkeeper) -> None:
    """State, signature, bytes and the time of sending are written; the request stays."""
    signed = replace(ATTEMPT, state=AttemptState.SIGNED, signature="s", wire=b"\x00\xff", sent_at_ms=NOON_MS)
    forged = replace(signed, request="other", last_valid_height=1)
    await asked.do(lambda books: books.withdrawals.add_attempt(ATTEMPT))

    assert await asked.do(lambda books: books.withdrawals.save_attempt(forged, was=AttemptState.PREPARED))
    assert not await asked.do(lambda books: books.withdrawals.save_attempt(forged, was=AttemptState.PREPARED))
    assert not await asked.do(
        lambda books: books.withdrawals.save_attempt(replace(forged, number=2), was=AttemptState.PREPARED)
    )
    assert [signed] == await asked.do(lambda books: books.withdrawals.attempts(FIRST.id))


async def test_live_attempts_are_listed_by_withdrawal(asked: Bookkeeper) -> None:
    """Whatever may still pay has to be watched after a restart."""
    others = [
        replace(ATTEMPT, withdrawal=SMALL.id, state=AttemptState.SENT),
        replace(ATTEMPT, withdrawal=BENS.id, state=AttemptState.DONE),
    ]
    for each in (ATTEMPT, *others):
        assert await asked.do(lambda books, row=each: books.withdrawals.add_attempt(row))  # type: ignore[misc]

    assert [others[0], ATTEMPT] == await asked.do(lambda books: books.withdrawals.live_attempts())
