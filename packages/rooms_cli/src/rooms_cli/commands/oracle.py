"""`rooms oracle`: prices with all that belongs to them; here the rule, applied to observations given as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rooms_cli.commands.oracle_add import add
from rooms_cli.commands.oracle_chart import chart
from rooms_cli.commands.oracle_list import list_instruments
from rooms_cli.commands.oracle_probe import probe
from rooms_cli.commands.oracle_verify import verify
from rooms_cli.commands.oracle_watch import watch

if TYPE_CHECKING:
    from rooms_core.result import Result
    from rooms_oracle.lines import Malformed

app = typer.Typer(no_args_is_help=True, help="Prices: their instruments, feeds, rule and records.")
app.command()(chart)
app.command()(verify)
app.command()(watch)
app.command("list")(list_instruments)
app.command()(probe)
app.command()(add)


@app.command()
def aggregate(
    file: Annotated[
        str, typer.Argument(metavar="FILE|-", help="One JSON object, or JSON Lines; - reads stdin.")
    ],
    _as_json: Annotated[
        bool, typer.Option("--json", help="Nothing else is printed: answers are always JSON.")
    ] = False,
) -> None:
    """Aggregate observations by rooms-agg/1: one line of canonical JSON for each case.

    A case has `name`, `params`, `observations` and `hits`, all integers as decimal strings. A bad line answers an
    error with its number, and the rest go on (the exit status is then 1).
    """
    from rooms_cli.inputs import opened
    from rooms_cli.json_cases import read_cases
    from rooms_cli.lines import answer_lines

    with opened(file) as stream:
        raise typer.Exit(answer_lines(read_cases(stream), _aggregated))


def _aggregated(value: dict[str, object]) -> Result[bytes, Malformed]:
    from rooms_core.proofs.canonical import canonical_bytes
    from rooms_core.result import Err, Ok
    from rooms_oracle.lines import aggregate_line

    match aggregate_line(value):
        case Ok(answer):
            return Ok(canonical_bytes(answer))
        case Err() as refused:
            return refused
