"""The promises of `ports.books.Journal` and `EntryWriter`."""

from __future__ import annotations

from functools import partial

import pytest

from rooms_core.domain import entries
from rooms_core.domain.ids import RoomId, UserId, WithdrawalId
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.journal import (
    BREAKAGE,
    OPERATING,
    OUTSIDE,
    PROTOCOL,
    SUBSIDY,
    Account,
    JournalEntry,
    Posting,
    PostingKind,
    available,
    pot,
    reserved,
    room_subsidy,
)
from rooms_core.domain.money import STORED_MAX, ZERO, Lamports
from rooms_core.domain.wallet import CREDIT_WAIT_MS, Wallet
from rooms_core.ports.books import Books, EntryWriter
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_bet, a_room
from rooms_core.testing.clock import NOON_MS

ROOM = RoomId(1_000)
ANN, BEN = UserId(2), UserId(4)


def paid(
    user: UserId, amount: int, *, kind: PostingKind = PostingKind.PAYOUT, room: RoomId = ROOM
) -> Posting:
    """Money from the pot of a room to a user."""
    return Posting(kind, pot(room), available(user), Lamports(amount))


async def settle(keeper: Bookkeeper, key: str, *blocks: list[Posting]) -> None:
    """An entry written in blocks."""

    async def work(books: Books) -> None:
        writer = await books.journal.write(key)
        assert writer is not None
        for block in blocks:
            await writer.add(block)
        await writer.close()

    await keeper.do(work)


@pytest.fixture
async def staked(keeper: Bookkeeper) -> Bookkeeper:
    """Ann and Ben have 1,000 lamports each left, and 500 each in the pot of a room."""
    await keeper.people(ANN, BEN, each=Lamports(1_500))
    await keeper.opened(a_room(), a_bet(102, ANN, "YES", Lamports(500)), a_bet(104, BEN, "NO", Lamports(500)))
    return keeper


async def test_an_entry_moves_the_balances(staked: Bookkeeper) -> None:
    """Money leaves the source and is at the target; the outside world owes what was paid in."""
    assert await staked.do(
        lambda books: books.journal.post(entries.reserve(WithdrawalId(900), ANN, Lamports(300)))
    )

    assert (700, 300, 1_000, -3_000) == (
        await staked.balance(available(ANN)),
        await staked.balance(reserved(ANN)),
        await staked.balance(pot(ROOM)),
        await staked.balance(OUTSIDE),
    )


@pytest.mark.parametrize(
    "account", [PROTOCOL, BREAKAGE, SUBSIDY, OPERATING, OUTSIDE, pot(RoomId(9_000)), room_subsidy(ROOM)]
)
async def test_an_account_that_never_moved_holds_nothing(keeper: Bookkeeper, account: Account) -> None:
    """There is no account that does not exist."""
    assert 0 == await keeper.balance(account)


async def test_each_account_has_a_balance_of_its_own(keeper: Bookkeeper) -> None:
    """Neither a kind nor an owner is mistaken for another."""
    accounts = [
        available(ANN), reserved(ANN), available(BEN), reserved(BEN), pot(ROOM), room_subsidy(ROOM),
        pot(RoomId(1_002)), room_subsidy(RoomId(1_002)), PROTOCOL, BREAKAGE, SUBSIDY, OPERATING,
    ]  # fmt: skip
    await keeper.people(ANN, BEN, each=ZERO)
    for number in (1_000, 1_002):
        await keeper.opened(a_room(number))
    postings = [
        Posting(PostingKind.FUNDING, OUTSIDE, account, Lamports(10 + place))
        for place, account in enumerate(accounts)
    ]

    await keeper.do(lambda books: books.journal.post(JournalEntry("all", tuple(postings))))

    assert list(range(10, 22)) == [await keeper.balance(account) for account in accounts]
    assert -sum(range(10, 22)) == await keeper.balance(OUTSIDE)


async def test_a_key_posts_once(staked: Bookkeeper) -> None:
    """Any number of deliveries of one event move the money once (I5)."""
    entry = entries.reserve(WithdrawalId(900), ANN, Lamports(300))
    other = JournalEntry(entry.key, (paid(BEN, 1),))

    assert await staked.do(lambda books: books.journal.post(entry))
    assert not await staked.do(lambda books: books.journal.post(entry))
    assert not await staked.do(lambda books: books.journal.post(other))
    assert not await staked.do(lambda books: books.journal.write(entry.key))
    assert (700, 300, 1_000) == (
        await staked.balance(available(ANN)),
        await staked.balance(reserved(ANN)),
        await staked.balance(available(BEN)),
    )


async def test_a_key_posts_once_within_one_unit_of_work(staked: Bookkeeper) -> None:
    """The second delivery may come before the first is committed."""

    async def work(books: Books) -> list[bool]:
        entry = entries.reserve(WithdrawalId(900), ANN, Lamports(300))
        return [await books.journal.post(entry), await books.journal.post(entry)]

    assert [True, False] == await staked.do(work)
    assert 300 == await staked.balance(reserved(ANN))


async def test_a_key_that_was_rolled_back_can_be_posted(staked: Bookkeeper) -> None:
    """What never happened can still happen."""
    entry = entries.reserve(WithdrawalId(900), ANN, Lamports(300))

    assert await staked.undo(lambda books: books.journal.post(entry))
    assert await staked.do(lambda books: books.journal.post(entry))


async def test_spent_or_released_never_both(staked: Bookkeeper) -> None:
    """The two ends of a withdrawal share a key (I15)."""
    number, amount = WithdrawalId(900), Lamports(300)
    await staked.do(lambda books: books.journal.post(entries.reserve(number, ANN, amount)))

    assert await staked.do(lambda books: books.journal.post(entries.spend(number, ANN, amount)))
    assert not await staked.do(lambda books: books.journal.post(entries.release(number, ANN, amount)))
    assert (700, 0) == (await staked.balance(available(ANN)), await staked.balance(reserved(ANN)))


async def test_no_balance_falls_below_zero(staked: Bookkeeper) -> None:
    """One lamport too much rolls the unit of work back (I3); the last lamport may go."""
    with pytest.raises(InvariantBroken, match="I3"):
        await staked.do(
            lambda books: books.journal.post(entries.reserve(WithdrawalId(900), ANN, Lamports(1_001)))
        )
    assert await staked.do(
        lambda books: books.journal.post(entries.reserve(WithdrawalId(902), ANN, Lamports(1_000)))
    )
    assert (0, 1_000) == (await staked.balance(available(ANN)), await staked.balance(reserved(ANN)))


async def test_no_balance_passes_what_can_be_stored(keeper: Bookkeeper) -> None:
    """2^63 − 1 lamports fit into an account and not one more (I3, M10)."""
    await keeper.people(ANN, BEN, each=ZERO)
    full = entries.deposit(ANN, Lamports(STORED_MAX), signature="s1", address="a")
    more = entries.deposit(ANN, Lamports(1), signature="s2", address="a")
    assert await keeper.do(lambda books: books.journal.post(full))

    with pytest.raises(InvariantBroken, match="I3"):
        await keeper.do(lambda books: books.journal.post(more))
    assert (STORED_MAX, -STORED_MAX) == (await keeper.balance(available(ANN)), await keeper.balance(OUTSIDE))


async def test_the_outside_world_owes_no_more_than_can_be_stored(keeper: Bookkeeper) -> None:
    """Its balance is an integer of 64 bits as well."""
    await keeper.people(ANN, BEN, each=ZERO)
    full = entries.deposit(ANN, Lamports(STORED_MAX), signature="s1", address="a")
    more = entries.deposit(BEN, Lamports(1), signature="s2", address="b")
    assert await keeper.do(lambda books: books.journal.post(full))

    with pytest.raises(InvariantBroken, match="I3"):
        await keeper.do(lambda books: books.journal.post(more))


async def test_an_amount_that_cannot_be_stored_is_not_posted(keeper: Bookkeeper) -> None:
    """Two amounts that cancel out are no way around the limit."""
    huge = Lamports(STORED_MAX + 1)
    there_and_back = (
        Posting(PostingKind.FUNDING, OPERATING, SUBSIDY, huge),
        Posting(PostingKind.FUNDING, SUBSIDY, OPERATING, huge),
    )

    with pytest.raises(InvariantBroken, match="I3"):
        await keeper.do(lambda books: books.journal.post(JournalEntry("huge", there_and_back)))


async def test_an_entry_of_any_size_moves_the_balances_when_it_is_closed(staked: Bookkeeper) -> None:
    """Blocks of postings are written first; the balances, which others wait for, move last."""

    async def work(books: Books) -> tuple[int, int]:
        writer = await books.journal.write("settle:1000")
        assert writer is not None
        await writer.add([paid(ANN, 400), paid(BEN, 3)])
        await writer.add([])
        await writer.add([paid(ANN, 500), Posting(PostingKind.PROTOCOL, pot(ROOM), PROTOCOL, Lamports(97))])
        before = await books.journal.balance(available(ANN))
        await writer.close()
        return before, await books.journal.balance(available(ANN))

    assert (1_000, 1_900) == await staked.do(work)
    assert (1_003, 97, 0) == (
        await staked.balance(available(BEN)),
        await staked.balance(PROTOCOL),
        await staked.balance(pot(ROOM)),
    )


async def test_money_may_pass_through_an_account_within_an_entry(staked: Bookkeeper) -> None:
    """A subsidy comes into the pot and leaves it as a payout in the same entry; only the sums are checked."""
    await staked.funded(SUBSIDY, Lamports(50))
    await staked.do(lambda books: books.journal.post(entries.set_subsidy_aside(ROOM, Lamports(50))))

    await settle(
        staked,
        "settle:1000",
        [paid(ANN, 1_030)],
        [Posting(PostingKind.SUBSIDY, room_subsidy(ROOM), pot(ROOM), Lamports(30))],
        [Posting(PostingKind.SUBSIDY_RETURNED, room_subsidy(ROOM), SUBSIDY, Lamports(20))],
    )

    assert (2_030, 0, 0, 20) == (
        await staked.balance(available(ANN)),
        await staked.balance(pot(ROOM)),
        await staked.balance(room_subsidy(ROOM)),
        await staked.balance(SUBSIDY),
    )


async def test_an_entry_without_postings_takes_its_key(staked: Bookkeeper) -> None:
    """A void room without stakes moves nothing, once."""
    await settle(staked, "void:1000")

    assert None is await staked.do(lambda books: books.journal.write("void:1000"))


async def test_a_pot_is_never_overdrawn(staked: Bookkeeper) -> None:
    """More than was staked cannot be paid out, and the payouts before it are undone (I3)."""
    with pytest.raises(InvariantBroken, match="I3"):
        await settle(staked, "settle:1000", [paid(ANN, 600)], [paid(BEN, 401)])
    assert (1_000, 1_000, 1_000) == (
        await staked.balance(available(ANN)),
        await staked.balance(available(BEN)),
        await staked.balance(pot(ROOM)),
    )


async def test_an_entry_left_open_does_not_commit(staked: Bookkeeper) -> None:
    """Postings without their balances would break the books (I2)."""

    async def work(books: Books) -> None:
        writer = await books.journal.write("settle:1000")
        assert writer is not None
        await writer.add([paid(ANN, 1)])

    with pytest.raises(InvariantBroken, match="I2"):
        await staked.do(work)
    assert 1_000 == await staked.balance(available(ANN))


@pytest.mark.parametrize("twice", ["add", "close"])
async def test_a_closed_entry_stays_closed(staked: Bookkeeper, twice: str) -> None:
    """Entries are never changed (I6), and move the balances once (I5)."""

    async def work(books: Books) -> None:
        writer = await books.journal.write("settle:1000")
        assert writer is not None
        await writer.close()
        await again(writer)

    async def again(writer: EntryWriter) -> None:
        await (writer.close() if twice == "close" else writer.add([paid(ANN, 1)]))

    with pytest.raises(InvariantBroken):
        await staked.do(work)


async def _post(entry: JournalEntry, books: Books) -> bool:
    return await books.journal.post(entry)


async def test_only_who_joined_has_a_wallet(staked: Bookkeeper) -> None:
    """Money for somebody who never joined is nobody's: posting it is a bug, and nothing moves (I2)."""
    for account in (available(UserId(998)), reserved(UserId(998))):
        gift = Posting(PostingKind.DEPOSIT, OUTSIDE, account, Lamports(1))
        post = partial(_post, JournalEntry("gift", (gift,)))
        with pytest.raises(InvariantBroken, match="I2"):
            await staked.do(post)
    assert {} == await staked.do(lambda books: books.journal.available([UserId(998)]))


async def test_wallets_are_those_of_people_who_joined(staked: Bookkeeper) -> None:
    """By id; strangers, rooms and what has no wallet are left out."""
    asked = [UserId(number) for number in (4, 9_998, 2, 1_000, 4)]

    found = await staked.do(lambda books: books.journal.wallets(asked))

    assert [(ANN, Wallet(available=Lamports(1_000))), (BEN, Wallet(available=Lamports(1_000)))] == list(
        found.items()
    )
    assert {} == await staked.do(lambda books: books.journal.wallets([]))


async def test_who_joins_has_an_empty_wallet(keeper: Bookkeeper) -> None:
    """There is a wallet before there is money."""
    await keeper.people(ANN, each=ZERO)

    assert Wallet() == await keeper.wallet(ANN)


@pytest.mark.parametrize(
    "kind",
    [
        PostingKind.PAYOUT,
        PostingKind.LATE_REFUND,
        PostingKind.MATCH_REFUND,
        PostingKind.VOID_REFUND,
        PostingKind.HOST,
        PostingKind.COMMISSION,
    ],
)
async def test_credits_from_rooms_wait(staked: Bookkeeper, kind: PostingKind) -> None:
    """They are playable at once and withdrawable after ten minutes (M9); all credits of an entry count together."""
    await settle(staked, "settle:1000", [paid(ANN, 30, kind=kind)], [paid(ANN, 12, kind=kind)])

    wallet = await staked.wallet(ANN)
    assert (
        Wallet(available=Lamports(1_042), waiting=Lamports(42), waits_until_ms=NOON_MS + CREDIT_WAIT_MS)
        == wallet
    )
    assert Lamports(1_000) == wallet.withdrawable(NOON_MS + CREDIT_WAIT_MS - 1)
    assert Wallet(available=Lamports(1_000)) == await staked.wallet(BEN)


async def test_credits_within_the_wait_start_it_again_for_all(staked: Bookkeeper) -> None:
    """What waits adds up until ten minutes pass without a credit; then it counts from the next one."""
    seen = []
    for place, minutes in enumerate([0, 9, 9, 10]):
        staked.clock.advance(minutes=minutes)
        await settle(staked, f"entry:{place}", [paid(ANN, 10)])
        wallet = await staked.wallet(ANN)
        seen.append((wallet.waiting.value, wallet.waits_until_ms - staked.clock.now_ms()))

    assert [(10, CREDIT_WAIT_MS), (20, CREDIT_WAIT_MS), (30, CREDIT_WAIT_MS), (10, CREDIT_WAIT_MS)] == seen


async def test_money_that_comes_back_again_and_again_never_stops_a_settlement(keeper: Bookkeeper) -> None:
    """What waits is counted up to what can be stored: a large stake voided twice within one wait comes back (M10)."""
    most = STORED_MAX // 2 + 1
    await keeper.people(ANN, each=Lamports(most))
    for number in (1_000, 1_002, 1_004):
        room = a_room(number)
        await keeper.opened(room, a_bet(number + 100, ANN, "YES", Lamports(most), room=number))
        await settle(keeper, f"void:{number}", [paid(ANN, most, kind=PostingKind.VOID_REFUND, room=room.id)])

    wallet = await keeper.wallet(ANN)
    assert (Lamports(most), Lamports(STORED_MAX)) == (wallet.available, wallet.waiting)


async def test_deposits_and_releases_do_not_wait(staked: Bookkeeper) -> None:
    """Only what came from a room can have been won by a mistake that a hold would catch."""
    more = entries.deposit(ANN, Lamports(5), signature="s", address="a")
    await staked.do(lambda books: books.journal.post(more))
    await staked.do(lambda books: books.journal.post(entries.reserve(WithdrawalId(900), ANN, Lamports(5))))
    await staked.do(lambda books: books.journal.post(entries.release(WithdrawalId(900), ANN, Lamports(5))))

    assert Wallet(available=Lamports(1_005)) == await staked.wallet(ANN)


async def test_a_small_entry_of_room_credits_waits_too(staked: Bookkeeper) -> None:
    """It makes no difference by which door a credit comes."""
    await staked.do(lambda books: books.journal.post(JournalEntry("k", (paid(ANN, 7), paid(ANN, 3)))))

    assert (Lamports(10), NOON_MS + CREDIT_WAIT_MS) == (
        (await staked.wallet(ANN)).waiting,
        (await staked.wallet(ANN)).waits_until_ms,
    )


async def test_staking_leaves_what_waits(staked: Bookkeeper) -> None:
    """What was staked meanwhile counts against the rest first, not against what waits."""
    await settle(staked, "settle:1000", [paid(ANN, 10)])
    await staked.opened(a_room(1_002), a_bet(106, ANN, "YES", Lamports(1_005), room=1_002))

    wallet = await staked.wallet(ANN)
    assert (Lamports(5), Lamports(10)) == (wallet.available, wallet.waiting)


async def test_what_people_can_bet_with(staked: Bookkeeper) -> None:
    """Of those who joined, whatever they have reserved; strangers, rooms and impossible numbers are left out."""
    await staked.do(lambda books: books.journal.post(entries.reserve(WithdrawalId(900), ANN, Lamports(300))))
    asked = [UserId(number) for number in (4, 9_998, 2, 1_000, 4, 3, 2**70)]

    assert {ANN: 700, BEN: 1_000} == await staked.do(lambda books: books.journal.available(asked))
    assert {} == await staked.do(lambda books: books.journal.available([]))
