"""What the demo tells at the end: every room's cash flow, what happened besides, and every check with its answer."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from rooms_cli.demo.day import Day
from rooms_cli.demo.dead_heat import DeadHeatShown
from rooms_cli.demo.findings import Check, RoomEnd
from rooms_cli.demo.plan import dollars
from rooms_cli.output import facts, table
from rooms_core.domain.journal import PostingKind
from rooms_core.domain.market import Mode
from rooms_core.domain.money import LAMPORTS_PER_SOL, Lamports
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.tally import Figures
from rooms_core.domain.thin_pool import move_cents


def show_day(day: Day, dead_heat: DeadHeatShown) -> None:
    """Tables for people. Amounts in SOL, cut to four decimals; `--json` has every lamport."""
    table("Rooms, in SOL", _ROOM_COLUMNS, [_room_row(end) for end in day.ends], left=3)
    settled = dead_heat.settled
    rows = [
        [line.position.bettor, line.position.outcome, _short(line.position.staked), _short(line.payout)]
        for line in settled.lines
    ]
    table(
        "\nA dead heat of RED and GREEN, through the library alone",
        ["bettor", "outcome", "staked", "paid"],
        rows,
        left=2,
    )
    facts("\nWhat happened", _happenings(day))
    table(
        "\nWhat must hold",
        ["rule", "what", "looked at", "found"],
        [_check_row(each) for each in day.checks],
        left=2,
    )


def day_json(day: Day, dead_heat: DeadHeatShown) -> dict[str, Any]:
    """Everything for programs: amounts as decimal strings in lamports."""
    settled = dead_heat.settled
    return {
        "ok": day.holds and dead_heat.verified,
        "prices": day.label,
        "rooms": [_room_json(end) for end in day.ends],
        "dead_heat": {
            "verified": dead_heat.verified,
            "payouts": {bettor: str(amount.value) for bettor, amount in settled.payouts.items()},
            "figures": _figures_json(settled.figures),
        },
        "happened": dict(_happenings(day)),
        "refusals": dict(sorted(day.played.refusals.items())),
        "checks": [
            {
                "rule": each.rule,
                "what": each.what,
                "looked_at": each.looked_at,
                "holds": each.holds,
                "wrong": list(each.wrong),
            }
            for each in day.checks
        ],
    }


_ROOM_COLUMNS = [
    *("room", "ended", "because"),
    *("staked", "late back", "unmatched", "void back", "takeout", "host", "protocol", "referrers", "paid"),
]


def _room_row(end: RoomEnd) -> list[str]:
    figures = end.row.figures if end.row else None
    back = sum(each.amount.value for each in end.flow if each.kind is PostingKind.VOID_REFUND)
    staked = sum(each.amount.value for each in end.flow if each.kind is PostingKind.STAKE)
    amounts = (
        [ZERO_TEXT, ZERO_TEXT, _short(Lamports(back)), *[ZERO_TEXT] * 5]
        if figures is None
        else [
            _short(figures.late_refunds),
            _short(figures.match_refunds),
            ZERO_TEXT,
            _short(figures.takeout),
            _short(figures.host),
            _short(figures.protocol),
            _short(figures.commissions),
            _short(figures.paid),
        ]
    )
    return [end.name, end.room.status.value, _because(end), _short(Lamports(staked)), *amounts]


ZERO_TEXT = "–"


def _because(end: RoomEnd) -> str:
    """The answer and how it was found, or why the room is void."""
    answer = end.room.resolution
    if end.room.status is RoomStatus.VOIDED:
        return str(end.receipt["header"]["reason"]).lower().replace("_", " ") if end.receipt else "?"
    if answer is None:
        return "?"
    said = " and ".join(answer.winning)
    verb = "touched" if end.room.market.mode is Mode.TOUCH and said == "YES" else "stood"
    return f"{said}, {verb} at {dollars(answer.price, end.room.market.subject)} ({answer.found_by})"


def _short(amount: Lamports) -> str:
    """SOL with at most four decimals, cut and not rounded: never more than there is."""
    if not amount:
        return ZERO_TEXT
    units, rest = divmod(amount.value, LAMPORTS_PER_SOL)
    decimals = f"{rest // 100_000:04d}".rstrip("0")
    if not units and not decimals:
        return "<0.0001"
    return f"{units:,}.{decimals}" if decimals else f"{units:,}"


def _happenings(day: Day) -> list[tuple[str, str]]:
    played, banked = day.played, day.banked
    refused = ", ".join(f"{count} {name}" for name, count in sorted(played.refusals.items()))
    return [
        ("prices", day.label),
        ("oracle ticks", f"{played.ticks:,}, of which {played.accepted_ticks:,} with an accepted price"),
        ("bets", f"{len(played.bets):,} accepted, each button pressed twice"),
        ("refused", refused or "nothing"),
        ("priced by one pool", "; ".join(_labels(day)) or "nothing"),
        ("late or unmatched stakes", f"sent back in {sum(1 for end in day.ends if end.plan.refunds)} rooms"),
        ("second settlers", f"{played.second_settlers} refused, none changed anything"),
        ("crash", f"a settler killed before its COMMIT (exit {day.killed_with}); another settled the room"),
        ("deposits", f"{banked.arrivals} arrived, {_short(Lamports(banked.credited))} SOL credited once"),
        (
            "withdrawals",
            f"{len(banked.withdrawals)} paid once each, in {banked.rounds} rounds of bad weather",
        ),
        ("notices", f"{day.notices:,} told"),
        ("not in these prices", ", ".join(day.story.missing) or "nothing"),
    ]


def _labels(day: Day) -> list[str]:
    """What a room card says of a room on a thin token: what moving its price to the target costs, and the cap."""
    labels = []
    for end in day.ends:
        thin = end.room.thin
        if thin is not None:
            cost = move_cents(thin.created.liquidity_cents, thin.distance_ppm)
            cap = _short(thin.cap(thin.created))
            labels.append(f"{end.name}: moving the price to the target takes ${cost // 100:,}; cap {cap} SOL")
    return labels


def _check_row(check: Check) -> list[str]:
    return [
        check.rule,
        check.what,
        f"{check.looked_at:,}",
        "; ".join(check.wrong[:3]) if check.wrong else _found(check),
    ]


def _found(check: Check) -> str:
    return "holds" if check.holds else "nothing to look at"


def _room_json(end: RoomEnd) -> dict[str, Any]:
    figures = end.row.figures if end.row else None
    answer = end.room.resolution
    return {
        "id": str(end.room.id),
        "name": end.name,
        "title": end.room.title,
        "instrument": end.room.market.instrument,
        "state": end.room.status.value,
        "because": _because(end),
        "winning": list(answer.winning) if answer else [],
        "figures": None if figures is None else _figures_json(figures),
        "cash_flow": [
            {
                "kind": each.kind.value,
                "into_room": each.into_room,
                "amount": str(each.amount.value),
                "postings": each.postings,
            }
            for each in end.flow
        ],
        "receipt_hash": end.row.receipt_hash if end.row else None,
    }


def _figures_json(figures: Figures) -> dict[str, str]:
    return {field.name: str(getattr(figures, field.name).value) for field in fields(figures)}
