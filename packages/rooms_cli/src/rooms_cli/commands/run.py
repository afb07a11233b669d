"""`rooms run`: one role of the house in a process of its own, or all of them in one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rooms_cli.database import DEFAULT, Database

if TYPE_CHECKING:
    from rooms_cli.loops.settings import RunSettings


def run(
    role: Annotated[str, typer.Argument(metavar="ROLE", help="monitor, settler, announcer, or all of them.")],
    database: Database = DEFAULT,
    lease_ms: Annotated[
        int,
        typer.Option(
            "--lease-ms",
            envvar="ROOMS_LEASE_MS",
            metavar="MS",
            min=3_000,
            max=3_600_000,
            help="How long a role is held unless it is renewed: what a crash costs.",
        ),
    ] = 15_000,
    read_every: Annotated[
        int,
        typer.Option(
            "--read-every",
            envvar="ROOMS_READ_EVERY",
            metavar="N",
            min=1,
            max=100,
            help="The monitor reads its rooms, opens and locks them on every N-th tick of 3 s.",
        ),
    ] = 1,
    metrics: Annotated[
        str,
        typer.Option(
            "--metrics",
            envvar="ROOMS_METRICS",
            metavar="HOST:PORT",
            help="Serve /metrics for Prometheus and /healthz there, such as 127.0.0.1:9464; off unless given.",
        ),
    ] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Log JSON lines, on a terminal too; piped it always does.")
    ] = False,
) -> None:
    """Run a role until SIGINT or SIGTERM: watch prices (monitor), pay rooms out (settler), tell people (announcer).

    Of each role one process leads and others stand by, so start as many as you like. The feeds are set by ROOMS_FEEDS
    (live, generated, or the address of a feed server) and ROOMS_FEED_…; docs/operations.md lists all of it.
    """
    import os

    from rooms_cli.database import existing
    from rooms_cli.errors import one_of, usage
    from rooms_cli.loops.settings import ALL, ROLES, RunSettings
    from rooms_cli.metrics.where import read_where
    from rooms_core.result import Err
    from rooms_oracle.environment import read_feeds

    where = read_where(metrics) if metrics else None
    if metrics and where is None:
        raise usage(
            "--metrics is no HOST:PORT.", hint="Such as 127.0.0.1:9464, which only this machine can ask."
        )
    if role not in (*ROLES, ALL):
        raise usage(f"There is no role {role} to run.", hint=one_of(role, (*ROLES, ALL)))
    feeds = read_feeds(os.environ)
    if isinstance(feeds, Err):
        raise usage(f"{feeds.why.name} cannot be followed: {feeds.why.why}.", hint=feeds.why.hint)
    _run(
        RunSettings(
            place=existing(database),
            roles=ROLES if role == ALL else (role,),
            feeds=feeds.value,
            lease_ms=lease_ms,
            read_every=read_every,
            metrics=where,
        ),
        as_json=as_json,
    )


def _run(settings: RunSettings, *, as_json: bool) -> None:
    import asyncio
    import os

    from rooms_cli.errors import CommandError
    from rooms_cli.loops.banner import log_start, show_start, warn_start
    from rooms_cli.loops.logs import log_to, standard_output
    from rooms_cli.loops.runner import Runner
    from rooms_cli.loops.signals import stopped_by_signals
    from rooms_cli.metrics.where import CannotServe
    from rooms_cli.output import on_terminal
    from rooms_store.failures import VENDOR, failed
    from rooms_store.worker_number import NoNumber

    plain = not as_json and on_terminal()
    log = log_to(
        standard_output(),
        as_json=not plain,
        secrets=settings.secrets,
        colours=plain and "NO_COLOR" not in os.environ,
    )

    async def work() -> bool:
        runner = Runner(settings, log)

        def started(_: object, listed: int) -> None:
            if plain:
                show_start(settings, listed)
            else:
                log_start(settings, listed, log)
            warn_start(settings, log)

        with stopped_by_signals(runner.stop):
            return await runner.run(started)

    try:
        ended_well = asyncio.run(work())
    except NoNumber as none:
        raise CommandError(
            f"No worker number could be taken: {none.why}.", hint="Please try again."
        ) from None
    except CannotServe as why:
        raise CommandError(
            f"Metrics cannot be served there: {why}.",
            hint="Give --metrics (ROOMS_METRICS) a free port at an address of this machine.",
        ) from why
    except VENDOR as error:
        raise CommandError(f"The database did not answer: {failed(error).message}.") from error
    if not ended_well:
        raise CommandError("A turn did not end in time and was cut off; what it had not committed is undone.")
    log.info("stopped")
