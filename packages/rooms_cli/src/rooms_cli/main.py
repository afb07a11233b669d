"""The `rooms` command. Everything heavy is imported inside the commands, so that `--help` stays quick."""

from __future__ import annotations

import platform
from typing import Annotated

import typer

from rooms_core._version import __version__

app = typer.Typer(name="rooms", no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"rooms {__version__} (Python {platform.python_version()})")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Betting rooms on prices: pools, settlements, receipts and the books behind them."""


def main() -> None:
    """Run the command line; the exit code is 0 for ok, 1 for refused or failed, 2 for wrong usage."""
    app()
