"""Checkpoints: a signed sentence saying how long the log was, which root it had, and when.

The text is a C2SP tlog-checkpoint (origin, size, root, and a `time_ms` line of ours) inside a C2SP signed note, so
that witnesses which know nothing of us can cosign it:

    rooms.example/log
    8
    XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=
    time_ms 1700000000000

    — rooms.example/log Az3grlgt…

Ed25519 is not in the standard library: signing and verifying are handed in by the caller.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from rooms_core.proofs.canonical import number
from rooms_core.proofs.merkle import TreeHead
from rooms_core.result import Err, Ok, Result

Sign: TypeAlias = Callable[[bytes], bytes]
"""Signs a message with Ed25519: 64 bytes."""
Verify: TypeAlias = Callable[[bytes, bytes, bytes], bool]
"""Public key (32 bytes), message, signature (64 bytes): is it an Ed25519 signature of the message?"""

SIGNATURES_MAX: Final = 100
"""A note with more signature lines is refused unread, like everywhere else in this ecosystem."""

_ED25519: Final = b"\x01"
_DASH: Final = "\N{EM DASH} "
_TIME: Final = "time_ms "


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A public key and the name it signs under. Raises ValueError for a name or key no note can carry."""

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        if not _is_key_name(self.name) or len(self.public_key) != 32:
            raise ValueError(f"not a name and a key of 32 bytes: {self.name!r}, {self.public_key.hex()!r}")

    @property
    def key_id(self) -> bytes:
        """The four bytes that stand before a signature, to find its key: no more than a hint."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public_key).digest()[:4]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The state of the log `origin` at `time_ms`. Raises ValueError for what cannot be written in a note."""

    origin: str
    head: TreeHead
    time_ms: int

    def __post_init__(self) -> None:
        if not _is_key_name(self.origin) or self.time_ms < 0:
            raise ValueError(f"not an origin and a time: {self.origin!r}, {self.time_ms}")

    def text(self) -> str:
        """The signed text, with its last newline."""
        root = base64.b64encode(self.head.root).decode()
        return f"{self.origin}\n{self.head.size}\n{root}\n{_TIME}{self.time_ms}\n"


@dataclass(frozen=True, slots=True)
class NoteMalformed:
    """The bytes are no signed checkpoint in its one spelling."""

    reason: str


@dataclass(frozen=True, slots=True)
class WrongOrigin:
    """A checkpoint of another log."""

    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class NoKnownSignature:
    """None of the signature lines is by a key of ours."""


@dataclass(frozen=True, slots=True)
class SignatureWrong:
    """A line claims to be signed by the key `name`, and is not."""

    name: str


CheckpointRefused: TypeAlias = NoteMalformed | WrongOrigin | NoKnownSignature | SignatureWrong


def sign_checkpoint(checkpoint: Checkpoint, key: NoteKey, sign: Sign) -> bytes:
    """The checkpoint as a note with one signature; further ones are lines appended by witnesses."""
    text = checkpoint.text()
    signature = base64.b64encode(key.key_id + sign(text.encode())).decode()
    return f"{text}\n{_DASH}{key.name} {signature}\n".encode()


def open_checkpoint(
    note: bytes, *, origin: str, keys: Sequence[NoteKey], verify: Verify
) -> Result[Checkpoint, CheckpointRefused]:
    """Read a checkpoint of the log `origin`, if at least one of `keys` signed it.

    Lines by other keys (witnesses) are passed over; a wrong line by one of ours refuses the whole note.
    """
    parted = _split(note)
    if isinstance(parted, Err):
        return parted
    text, lines = parted.value
    found = _read_text(text)
    if found is None or found.text() != text:
        return Err(NoteMalformed("not origin, size, root and time, each in its one spelling"))
    if found.origin != origin:
        return Err(WrongOrigin(origin, found.origin))

    signed = False
    for line in lines:
        for key in keys:
            if (line.name, line.key_id) == (key.name, key.key_id):
                if len(line.signature) != 64 or not verify(key.public_key, text.encode(), line.signature):
                    return Err(SignatureWrong(key.name))
                signed = True
    return Ok(found) if signed else Err(NoKnownSignature())


@dataclass(frozen=True, slots=True)
class _Line:
    name: str
    key_id: bytes
    signature: bytes


def _is_key_name(name: str) -> bool:
    return bool(name) and "+" not in name and name.isprintable() and not any(map(str.isspace, name))


def _split(note: bytes) -> Result[tuple[str, list[_Line]], NoteMalformed]:
    try:
        whole = note.decode()
    except UnicodeDecodeError:
        return Err(NoteMalformed("no UTF-8"))
    text, gap, block = whole.rpartition("\n\n")
    if not gap or not block.endswith("\n"):
        return Err(NoteMalformed("no signature lines after an empty line"))

    written = block[:-1].split("\n")
    if len(written) > SIGNATURES_MAX:
        return Err(NoteMalformed(f"more than {SIGNATURES_MAX} signature lines"))
    lines = [line for line in map(_read_line, written) if line is not None]
    if len(lines) < len(written):
        return Err(NoteMalformed("a line is not a dash, a name and a signature"))
    return Ok((text + "\n", lines))


def _read_line(line: str) -> _Line | None:
    name, blank, encoded = line.removeprefix(_DASH).partition(" ")
    signature = _decode(encoded)
    if (
        not (line.startswith(_DASH) and blank and _is_key_name(name))
        or signature is None
        or len(signature) < 5
    ):
        return None
    return _Line(name, signature[:4], signature[4:])


def _read_text(text: str) -> Checkpoint | None:
    lines = text.split("\n")
    if len(lines) != 5:
        return None
    size, root, time_ms = number(lines[1]), _decode(lines[2]), number(lines[3].removeprefix(_TIME))
    if root is None or isinstance(size, Err) or isinstance(time_ms, Err):
        return None
    try:
        return Checkpoint(origin=lines[0], head=TreeHead(size.value, root), time_ms=time_ms.value)
    except ValueError:
        return None


def _decode(encoded: str) -> bytes | None:
    try:
        decoded = base64.b64decode(encoded, validate=True)
    except ValueError:
        return None
    return decoded if base64.b64encode(decoded).decode() == encoded else None
