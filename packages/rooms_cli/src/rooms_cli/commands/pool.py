"""`rooms pool`: settle a pool that is given as JSON, and quote a stake."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rooms_cli.json_cases import Case, Malformed
    from rooms_core.domain.quote import Quote
    from rooms_core.domain.rules import HouseRules
    from rooms_core.result import Result

app = typer.Typer(no_args_is_help=True, help="Settle a pool given as JSON, or quote a stake.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, on a terminal too.")]
_AMOUNT = "in SOL, such as 10 or 0.001"


@app.command()
def settle(
    file: Annotated[
        str, typer.Argument(metavar="FILE|-", help="One JSON object, or JSON Lines; - reads stdin.")
    ],
    as_json: AsJson = False,
) -> None:
    """Settle bets given as JSON: who is paid what, to the last unit.

    A case: {"bets":[{"bettor":"a","outcome":"YES","stake":"100"},…],"winning":["YES"],"rules":{"preset":"rooms"}}.
    Stakes are decimal strings in the smallest unit. One case a line answers one line each, in order; a bad line
    answers an error with its number, and the rest go on (the exit status is then 1).
    """
    from rooms_cli.inputs import opened
    from rooms_cli.json_cases import read_cases
    from rooms_cli.lines import answer_lines
    from rooms_cli.output import on_terminal, say

    with opened(file) as stream:
        cases = read_cases(stream)
        if on_terminal() and not as_json:
            first = list(islice(cases, 2))
            if len(first) == 1:
                _show_one(first[0])
                return
            if not first:
                say("There is no case in it.")
            cases = chain(first, cases)
        raise typer.Exit(answer_lines(cases, _settled_line))


def _settled_line(value: dict[str, object]) -> Result[bytes, Malformed]:
    from rooms_cli.output import json_line
    from rooms_cli.pool_cases import pool_line
    from rooms_core.result import Err, Ok

    match pool_line(value):
        case Ok(answer):
            return Ok(json_line(answer))
        case Err() as refused:
            return refused


def _show_one(case: Case) -> None:
    """One case for a person: its figures, and a row for each bettor."""
    from rooms_cli.errors import CommandError
    from rooms_cli.pool_cases import pool_line
    from rooms_core.result import Err, Ok

    read = case.value
    match pool_line(read.value) if isinstance(read, Ok) else read:
        case Err(why):
            raise CommandError(
                f"The case on line {case.line} is malformed: {why.message}.",
                hint="`rooms pool settle --help` shows the form of a case.",
            )
        case Ok(answer):
            _draw(answer)


def _draw(answer: dict[str, Any]) -> None:
    from rooms_cli.output import facts, grouped, table

    names = ("gross", "takeout", "host", "protocol", "breakage", "subsidy", "match_refunds")
    title = answer["state"] + (f": {answer['reason']}" if answer["reason"] else "")
    facts(
        title,
        [(name.replace("_", " "), grouped(answer[name])) for name in names if name in answer],
        amounts=True,
    )
    payouts, refunds = answer["payouts"], answer["refunds"]
    rows = [
        [bettor, grouped(payouts.get(bettor, "0")), grouped(refunds.get(bettor, "0"))]
        for bettor in dict.fromkeys([*payouts, *refunds])
    ]
    if rows:
        table("\nWho gets what", ["bettor", "payout", "refund"], rows)


@app.command()
def quote(
    pool: Annotated[
        list[str],
        typer.Option("--pool", metavar="OUTCOME=SOL", help="The pool before your stake; once an outcome."),
    ],
    on: Annotated[str, typer.Option("--on", metavar="OUTCOME", help="The outcome you would stake on.")],
    stake: Annotated[str, typer.Option("--stake", metavar="SOL", help=f"Your stake, {_AMOUNT}.")],
    inflow: Annotated[
        str,
        typer.Option(
            "--inflow", metavar="SOL", help="How much more may be staked by others, for the worst case."
        ),
    ] = "0",
    preset: Annotated[str, typer.Option("--preset", metavar="NAME", help="The house's rules.")] = "rooms",
    takeout_bps: Annotated[
        int | None, typer.Option("--takeout-bps", metavar="BPS", help="Takeout, in 1/100 of a per cent.")
    ] = None,
    takeout_base: Annotated[
        str | None, typer.Option("--takeout-base", metavar="BASE", help="TOTAL_CAPPED, TOTAL or LOSING.")
    ] = None,
    dividend_step_bps: Annotated[
        int | None,
        typer.Option(
            "--dividend-step-bps",
            metavar="BPS",
            help="Floor the dividend to this step; 1000 is 0.10 per unit.",
        ),
    ] = None,
    dividend_min_bps: Annotated[
        int | None,
        typer.Option("--dividend-min-bps", metavar="BPS", help="The least dividend; 10500 is 1.05. 0: none."),
    ] = None,
    match_limit: Annotated[
        int,
        typer.Option(
            "--match-limit",
            metavar="N",
            help="One outcome counts at most this many times the others. 0: off.",
        ),
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Say what a stake would return now, at worst, and from which losing pool on it gains anything.

    The pool is the one before your stake; the quote adds it. Amounts are in SOL, in JSON in lamports.
    """
    from rooms_cli.errors import one_of, usage
    from rooms_cli.output import json_line, write_line
    from rooms_cli.quote_input import amount, pool_of
    from rooms_core.domain.market import Outcome
    from rooms_core.domain.money import ZERO
    from rooms_core.domain.quote import quote as quoted

    before = pool_of(pool)
    if on not in before.outcomes:
        raise usage(f"--on {on} is no outcome of the pool.", hint=one_of(on, before.outcomes))
    placed = amount("--stake", stake)
    if placed == ZERO:
        raise usage(
            "--stake is 0: there is nothing to quote.", hint="Give an amount above 0, such as 10 or 0.001."
        )
    rules = _rules(preset, takeout_bps, takeout_base, dividend_step_bps, dividend_min_bps, match_limit)
    found = quoted(before, Outcome(on), placed, rules, inflow=amount("--inflow", inflow))
    if as_json:
        write_line(json_line(_quote_json(found)))
    else:
        _draw_quote(found)


def _rules(
    preset: str,
    takeout_bps: int | None,
    base: str | None,
    step: int | None,
    least: int | None,
    match_limit: int,
) -> HouseRules:
    from rooms_cli.errors import one_of, usage
    from rooms_core.domain.fees import TakeoutBase
    from rooms_core.domain.rules import PRESETS, HouseRules

    if preset not in PRESETS:
        raise usage(f"There is no preset {preset}.", hint=one_of(preset, PRESETS))
    if base is not None and base not in TakeoutBase.__members__:
        raise usage(f"There is no takeout base {base}.", hint=one_of(base, TakeoutBase.__members__))
    try:
        return HouseRules.preset(
            preset,
            takeout_bps=takeout_bps,
            host_bps=0,  # the host's part of the takeout changes nothing for a bettor
            takeout_base=None if base is None else TakeoutBase(base),
            dividend_step_bps=step,
            dividend_min_bps=least,
            match_limit=match_limit,
        )
    except ValueError as wrong:
        raise usage(f"These rules do not go together: {wrong}.") from None


def _quote_json(found: Quote) -> dict[str, Any]:
    least = found.breakeven_losing
    return {
        "outcome": found.outcome,
        "stake": str(found.stake.value),
        "pool": {outcome: str(amount.value) for outcome, amount in found.pool_after.stakes},
        "void": found.pool_after.one_sided,
        "share_ppm": found.share_ppm,
        "return_now": str(found.return_now.value),
        "inflow": str(found.inflow.value),
        "return_worst": str(found.return_worst.value),
        "breakeven_losing": None if least is None else str(least.value),
    }


def _draw_quote(found: Quote) -> None:
    from rooms_cli.output import facts

    whole, part = divmod(found.share_ppm, 10_000)
    least = found.breakeven_losing
    pairs = [
        ("pool with it", ", ".join(f"{name} {amount}" for name, amount in found.pool_after.stakes)),
        (f"share of {found.outcome}", f"{whole}.{part:04d} %"),
        (
            "return now",
            f"{found.return_now}" + (" (void: one side only)" if found.pool_after.one_sided else ""),
        ),
        ("return at worst", f"{found.return_worst} after {found.inflow} more"),
        ("gains from", "no losing pool" if least is None else f"a losing pool of {least}"),
        ("", "At present pools; it can fall until betting ends."),
    ]
    facts(f"{found.stake} on {found.outcome}", pairs)
