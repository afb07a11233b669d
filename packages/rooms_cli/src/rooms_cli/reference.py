"""The end of docs/cli.md, generated from the commands themselves: `python -m rooms_cli.reference docs/cli.md`.

A test compares the page with what this makes, so that the two cannot drift apart.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import typer

MARK: Final = "<!-- From here on generated: python -m rooms_cli.reference docs/cli.md -->\n"


def reference() -> str:
    """The commands with their options, as the end of the page."""
    from rooms_cli.main import app

    return "".join(_sections(typer.main.get_command(app), "rooms"))


def page(written: str) -> str:
    """A page with its end generated anew."""
    return written.partition(MARK)[0] + MARK + reference()


def _sections(command: Any, name: str) -> Iterator[str]:
    if hasattr(command, "commands"):
        for each in sorted(command.commands):
            yield from _sections(command.commands[each], f"{name} {each}")
        return
    shown = [each for each in command.params if not getattr(each, "hidden", False)]
    words = [_placeholder(each) for each in shown if _is_argument(each)]
    yield f"\n## `{name}`\n\n```text\n{' '.join([name, '[OPTIONS]', *words])}\n```\n\n{command.help}\n"
    yield "\n| option | default | is |\n| --- | --- | --- |\n"
    yield from (_row(each) for each in shown)


def _row(parameter: Any) -> str:
    named = _placeholder(parameter) if _is_argument(parameter) else ", ".join(parameter.opts)
    if not _is_argument(parameter) and not parameter.is_flag:
        named += f" {_placeholder(parameter)}"
    default = (
        "needed"
        if parameter.required
        else ""
        if parameter.default is None or parameter.default is False
        else f"`{parameter.default}`"
    )
    envvar = f" Or `{parameter.envvar}`." if parameter.envvar else ""
    return f"| `{_cell(named)}` | {default} | {_cell(parameter.help)}{envvar} |\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _is_argument(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "argument")


def _placeholder(parameter: Any) -> str:
    return str(parameter.metavar or "VALUE")


if __name__ == "__main__":
    file = Path(sys.argv[1])
    file.write_text(page(file.read_text(encoding="utf-8")), encoding="utf-8")
