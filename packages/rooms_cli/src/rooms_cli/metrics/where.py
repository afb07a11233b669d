"""Where metrics are served: HOST:PORT, as somebody typed it."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address


class CannotServe(Exception):
    """The address cannot be listened on; says why."""


@dataclass(frozen=True, slots=True)
class Where:
    """An address to listen on; port 0 asks for any that is free."""

    host: str
    port: int

    @property
    def here(self) -> bool:
        """Whether only this machine can ask."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def shown(self, port: int) -> str:
        """The URL of the metrics on the port that was taken."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{port}/metrics"


def read_where(text: str) -> Where | None:
    """Such as "127.0.0.1:9464" or "[::1]:9464"; None for anything else."""
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        return None
    if not colon or not host or not (port.isascii() and port.isdigit() and int(port) < 65_536):
        return None
    return Where(host, int(port))
