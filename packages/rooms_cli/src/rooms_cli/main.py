"""The `rooms` command. Everything heavy is imported inside the commands, so that `--help` stays quick."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from rooms_cli.commands import bench, db, demo, ledger, oracle, outbox, pool, room, run, stats, verify
from rooms_cli.errors import REFUSED, CommandError

app = typer.Typer(
    name="rooms",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    # Boxes are for people: piped help is plain text, and comes in half the time.
    rich_markup_mode="rich" if sys.stdout.isatty() else None,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit status: 0 ok, 1 refused or failed, 2 wrong usage, 130 interrupted.",
)
app.command("demo")(demo.demo)
app.add_typer(pool.app, name="pool")
app.add_typer(oracle.app, name="oracle")
app.command("verify")(verify.verify)
app.add_typer(room.app, name="room")
app.add_typer(ledger.app, name="ledger")
app.add_typer(stats.app, name="stats")
app.add_typer(outbox.app, name="outbox")
app.add_typer(db.app, name="db")
app.command("run")(run.run)
app.command("bench")(bench.bench)


def _version(asked: bool) -> None:
    if not asked:
        return
    import platform
    from pathlib import Path

    from rooms_core._version import __version__

    typer.echo(f"rooms {__version__}")
    typer.echo(f"Python {platform.python_version()} at {sys.executable}")
    typer.echo(f"installed in {Path(__file__).parent}")
    raise typer.Exit


@app.callback()
def root(
    _asked: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_version,
            is_eager=True,
            help="Print the version, Python and paths, and leave.",
        ),
    ] = False,
    no_color: Annotated[
        bool, typer.Option("--no-color", help="Draw without colours, as NO_COLOR=1 does.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback when something breaks, as ROOMS_DEBUG=1 does.")
    ] = False,
) -> None:
    """Betting rooms on prices: pools, settlements, receipts and the books behind them."""
    if no_color:
        os.environ["NO_COLOR"] = "1"
    if debug:
        os.environ["ROOMS_DEBUG"] = "1"


def main() -> None:
    """Run the command line; the exit status is 0 for ok, 1 for refused or failed, 2 for wrong usage."""
    try:
        app()
    except CommandError as error:
        if os.environ.get("ROOMS_DEBUG"):
            raise
        _complain(error.what, error.hint)
        sys.exit(error.status)
    except Exception as error:
        if os.environ.get("ROOMS_DEBUG"):
            raise
        _complain(
            f"This should not have happened: {type(error).__name__}: {error}",
            "It is a mistake of ours. `rooms --debug …` shows where; please report it with what you typed.",
        )
        sys.exit(REFUSED)


def _complain(what: str, hint: str) -> None:
    print(f"rooms: {what}", file=sys.stderr)
    if hint:
        print(f"       {hint}", file=sys.stderr)
