"""The secrets in a database's URL: left out where it is shown, and given to PostgreSQL's programs unseen.

Arguments can be seen by everybody on the machine. A password goes by the environment; for other secrets libpq knows no
variable, so they go by a file that nobody but its owner can read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import NamedTemporaryFile
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from rooms_store.primary import plain

SECRETS: Final = ("password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key")
"""What libpq calls its secret settings."""
_LOGIN: Final = re.compile(r"^(?P<scheme>\w+)://(?P<user>[^/@:]*)(?::(?P<password>[^/?#]*))?@")
_SERVICE: Final = "rooms"


def without_secrets(url: str) -> str:
    """A URL as it may be shown and handed on: the driver, the password and all other secrets left out."""
    place, _, query = _LOGIN.sub(r"\g<scheme>://\g<user>@", plain(url)).partition("?")
    kept = [each for each in query.split("&") if unquote(each.partition("=")[0]) not in SECRETS]
    return "?".join(filter(None, (place, "&".join(kept))))


@contextmanager
def handed_over(url: str) -> Iterator[dict[str, str]]:
    """The environment in which a program that is given `without_secrets(url)` finds the rest of it.

    Raises ValueError where that cannot be; the message has no secret in it.
    """
    query = dict(parse_qsl(urlsplit(plain(url)).query))
    login = _LOGIN.match(plain(url))
    password = unquote(login["password"] or "") if login else ""
    password = password or query.get("password", "")
    environment = os.environ | ({"PGPASSWORD": password} if password else {})
    others = {name: query[name] for name in SECRETS[1:] if name in query}
    if not others:
        yield environment
        return
    if "service" in query or "PGSERVICE" in environment:
        raise ValueError(
            f"{', '.join(others)} cannot stand in a URL beside a service: write it into its file"
        )
    if any(value.splitlines() != [value.rstrip()] for value in others.values()):
        raise ValueError(f"{', '.join(others)} cannot end in a space or have several lines")
    with NamedTemporaryFile("w", encoding="utf-8", prefix="rooms-") as file:  # its mode is 600
        file.write(f"[{_SERVICE}]\n" + "".join(f"{name}={value}\n" for name, value in others.items()))
        file.flush()
        yield environment | {"PGSERVICEFILE": file.name, "PGSERVICE": _SERVICE}
