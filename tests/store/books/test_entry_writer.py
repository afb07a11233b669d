"""An entry of any size."""

from __future__ import annotations

import pytest

from rooms_core.domain.ids import UserId
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.journal import OPERATING, OUTSIDE, Posting, PostingKind, available
from rooms_core.domain.money import STORED_MAX, Lamports
from rooms_core.domain.wallet import CREDIT_WAIT_MS, Wallet
from rooms_core.ports.books import Books
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_user
from rooms_core.testing.clock import NOON_MS
from rooms_store.accounts import account_id
from rooms_store.books.entry_writer import SqlEntryWriter
from rooms_store.tables import posting

NEWCOMER = UserId(40)


def paid(amount: int, kind: PostingKind = PostingKind.PAYOUT) -> Posting:
    """Money for somebody who has no account yet."""
    return Posting(kind, OUTSIDE, available(NEWCOMER), Lamports(amount))


async def write(books: Books, *postings: Posting) -> None:
    """One entry in two blocks."""
    writer = await books.journal.write("settle:1")
    assert writer is not None
    await writer.add(postings[:1])
    await writer.add(postings[1:])
    await writer.close()


async def test_an_account_is_opened_by_the_first_money_it_gets(keeper: Bookkeeper) -> None:
    """A credit never gets lost for want of a row; what came from rooms waits, deposits do not."""
    await keeper.do(lambda books: write(books, paid(5), paid(3), paid(2, PostingKind.DEPOSIT)))
    await keeper.do(lambda books: books.users.add(a_user(NEWCOMER)))

    assert Wallet(
        available=Lamports(10), waiting=Lamports(8), waits_until_ms=NOON_MS + CREDIT_WAIT_MS
    ) == await keeper.wallet(NEWCOMER)


async def test_an_entry_without_postings_moves_nothing(keeper: Bookkeeper) -> None:
    """A room in which nobody bet is voided by an entry all the same, and its key is used up."""

    async def again(books: Books) -> object:
        return await books.journal.write("settle:1")

    await keeper.do(write)

    assert await keeper.do(again) is None


async def test_an_account_of_the_house_may_be_paid_first_by_an_entry(keeper: Bookkeeper) -> None:
    """Whatever kind of account a posting names, it has its row before it is needed."""
    fee = Posting(PostingKind.FUNDING, OUTSIDE, OPERATING, Lamports(7))
    back = Posting(PostingKind.NETWORK_FEE, OPERATING, OUTSIDE, Lamports(2))

    await keeper.do(lambda books: write(books, fee, back))

    assert (5, -5) == (await keeper.balance(OPERATING), await keeper.balance(OUTSIDE))


async def test_an_amount_past_63_bits_is_refused(keeper: Bookkeeper) -> None:
    """It could not be stored, and nothing of its entry is (I3)."""
    with pytest.raises(InvariantBroken, match="I3: settle:1"):
        await keeper.do(lambda books: write(books, paid(5), paid(STORED_MAX + 1)))

    assert 0 == await keeper.balance(available(NEWCOMER))


async def test_credits_that_pass_63_bits_together_are_refused(keeper: Bookkeeper) -> None:
    """Two payouts that fit one by one may not fit into one balance."""
    with pytest.raises(InvariantBroken, match="I3"):
        await keeper.do(lambda books: write(books, paid(STORED_MAX), paid(STORED_MAX)))


async def test_what_is_credited_is_what_was_asked_for(keeper: Bookkeeper) -> None:
    """A row of the entry that is not the writer's own would make money: nothing is moved (I1)."""

    async def work(books: Books) -> None:
        writer = await books.journal.write("settle:1")
        assert isinstance(writer, SqlEntryWriter)
        await writer.add([paid(5)])
        row = {"source": account_id(OUTSIDE), "target": NEWCOMER, "amount": 1, "entry_id": writer._number}
        await writer._work.write(posting.insert().values(**row, id=1, kind=1, at_ms=NOON_MS))
        await writer.close()

    with pytest.raises(InvariantBroken, match="as it was asked for"):
        await keeper.do(work)
