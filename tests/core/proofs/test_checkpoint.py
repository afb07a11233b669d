"""Checkpoints: a signed note says size, root and time of one log, and nothing else passes for one."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms_core.proofs.checkpoint import (
    SIGNATURES_MAX,
    Checkpoint,
    NoKnownSignature,
    NoteKey,
    NoteMalformed,
    Sign,
    SignatureWrong,
    WrongOrigin,
    open_checkpoint,
    sign_checkpoint,
)
from rooms_core.proofs.merkle import EMPTY_ROOT, TreeHead
from rooms_core.result import Err, Ok, Result

ORIGIN = "rooms.example/log"
KEY = NoteKey(ORIGIN, b"\x07" * 32)
OTHER = NoteKey("witness.example", b"\x08" * 32)
HEAD = TreeHead(8, bytes.fromhex("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"))
CHECKPOINT = Checkpoint(origin=ORIGIN, head=HEAD, time_ms=1_700_000_000_000)
TEXT = """rooms.example/log
8
XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=
time_ms 1700000000000
"""


def toy_verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """A stand-in for Ed25519 of the same shape: anybody could sign, but each bit of everything counts."""
    return signature == hashlib.sha512(public_key + message).digest()


def toy_sign(key: NoteKey) -> Sign:
    return lambda message: hashlib.sha512(key.public_key + message).digest()


def opened(note: bytes) -> Result[Checkpoint, object]:
    return open_checkpoint(note, origin=ORIGIN, keys=[KEY], verify=toy_verify)


def note_of(text: str, key: NoteKey = KEY) -> bytes:
    """Any text as a note, rightly signed."""
    signature = base64.b64encode(key.key_id + toy_sign(key)(text.encode())).decode()
    return f"{text}\n— {key.name} {signature}\n".encode()


NOTE = sign_checkpoint(CHECKPOINT, KEY, toy_sign(KEY))


def test_the_text_is_origin_size_root_and_time() -> None:
    """Three lines of the C2SP checkpoint and a time line; the whole is a signed note that reads back."""
    assert CHECKPOINT.text() == TEXT
    assert note_of(CHECKPOINT.text()) == NOTE
    assert Ok(CHECKPOINT) == opened(NOTE)


def test_the_key_id_is_that_of_signed_notes() -> None:
    """The published key of the signed-note specification has its published id."""
    key = base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")

    assert bytes.fromhex("c74f20a3") == NoteKey("PeterNeumann", key[1:]).key_id


@given(st.integers(0, 8 * len(NOTE) - 1))
def test_any_changed_bit_of_a_note_is_refused(place: int) -> None:
    """Text, name, key id and signature count to the last bit."""
    bad = bytearray(NOTE)
    bad[place // 8] ^= 1 << place % 8

    assert isinstance(opened(bytes(bad)), Err)


@given(st.integers(0, len(NOTE) - 1))
def test_a_cut_note_is_refused(length: int) -> None:
    """No beginning of a note is a note."""
    assert isinstance(opened(NOTE[:length]), Err)


@given(st.integers(1, 2**70), st.binary(min_size=32, max_size=32), st.integers(0, 2**60))
def test_every_checkpoint_reads_back(size: int, root: bytes, time_ms: int) -> None:
    """Any size, root and time survive the trip."""
    checkpoint = Checkpoint(origin=ORIGIN, head=TreeHead(size, root), time_ms=time_ms)

    assert Ok(checkpoint) == opened(sign_checkpoint(checkpoint, KEY, toy_sign(KEY)))


def test_witnesses_may_add_lines() -> None:
    """Lines by keys we do not know are passed over, before or after ours; alone they are not enough."""
    witness = note_of(CHECKPOINT.text(), OTHER).rsplit(b"\n\n", 1)[1]
    own = NOTE.rsplit(b"\n\n", 1)[1]
    text = CHECKPOINT.text().encode() + b"\n"

    assert Ok(CHECKPOINT) == opened(text + witness + own)
    assert Ok(CHECKPOINT) == opened(text + own + witness)
    assert Err(NoKnownSignature()) == opened(text + witness)


def test_a_key_of_the_same_name_is_another_key() -> None:
    """The name alone does not find a key; the right id under a wrong signature is refused."""
    impostor = NoteKey(ORIGIN, b"\x09" * 32)
    line = base64.b64encode(KEY.key_id + b"\0" * 64).decode()
    short = base64.b64encode(KEY.key_id + b"\0" * 63).decode()
    text = CHECKPOINT.text().encode() + b"\n"

    assert Err(NoKnownSignature()) == opened(note_of(CHECKPOINT.text(), impostor))
    assert Err(SignatureWrong(ORIGIN)) == opened(text + f"— {ORIGIN} {line}\n".encode())
    assert Err(SignatureWrong(ORIGIN)) == opened(text + f"— {ORIGIN} {short}\n".encode())
    assert Err(SignatureWrong(ORIGIN)) == opened(NOTE + f"— {ORIGIN} {line}\n".encode())


def test_a_checkpoint_of_another_log_is_refused() -> None:
    """A rightly signed checkpoint speaks for its own origin only."""
    other = Checkpoint(origin="rooms.example/trial", head=HEAD, time_ms=0)

    assert Err(WrongOrigin(ORIGIN, other.origin)) == opened(sign_checkpoint(other, KEY, toy_sign(KEY)))


ROOT = base64.b64encode(HEAD.root).decode()


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n08\n{ROOT}\ntime_ms 0\n",
        f"{ORIGIN}\n-8\n{ROOT}\ntime_ms 0\n",
        f"{ORIGIN}\n8\n{ROOT[:-1]}\ntime_ms 0\n",
        f"{ORIGIN}\n8\n{ROOT[:-2]}h=\ntime_ms 0\n",
        f"{ORIGIN}\n8\n!{ROOT}\ntime_ms 0\n",
        f"{ORIGIN}\n8\n{ROOT[:-4]}\ntime_ms 0\n",
        f"{ORIGIN}\n0\n{ROOT}\ntime_ms 0\n",
        f"{ORIGIN}\n8\n{ROOT}\ntime_ms 00\n",
        f"{ORIGIN}\n8\n{ROOT}\n1700000000000\n",
        f"{ORIGIN}\n8\n{ROOT}\n",
        f"{ORIGIN}\n8\n{ROOT}\ntime_ms 0\nmore\n",
        f"\n8\n{ROOT}\ntime_ms 0\n",
        f"a b\n8\n{ROOT}\ntime_ms 0\n",
        f"{ORIGIN}\r\n8\n{ROOT}\ntime_ms 0\n",
    ],
)
def test_a_text_in_another_spelling_is_refused(text: str) -> None:
    """Even rightly signed, a checkpoint has one spelling: no leading zeros, loose bits, further lines."""
    why = NoteMalformed("not origin, size, root and time, each in its one spelling")

    assert Err(why) == opened(note_of(text))


LINES = "a line is not a dash, a name and a signature"
GAP = "no signature lines after an empty line"


@pytest.mark.parametrize(
    "note, reason",
    [
        (b"", GAP),
        (b"\xff", "no UTF-8"),
        (CHECKPOINT.text().encode(), GAP),
        (CHECKPOINT.text().encode() + b"\n", GAP),
        (CHECKPOINT.text().encode() + b"\n\n", GAP),
        (NOTE[:-1], GAP),
        (NOTE + b"\n", GAP),
        (NOTE + b"x\n", LINES),
        (NOTE + "— \n".encode(), LINES),
        (NOTE + "— name\n".encode(), LINES),
        (NOTE + "— name AAAAAA\n".encode(), LINES),
        (NOTE + "— name AAAAAA==\n".encode(), LINES),
        (NOTE + "— na+me AAAAAAA=\n".encode(), LINES),
        (NOTE + "— é ééééééé=\n".encode(), LINES),
        (NOTE + b"- name AAAAAAA=\n", LINES),
        (NOTE + "— name AAAAAAA=\n".encode() * SIGNATURES_MAX, "more than 100 signature lines"),
    ],
)
def test_a_broken_note_is_refused(note: bytes, reason: str) -> None:
    """A note is a text, an empty line, and one to a hundred well-formed signature lines."""
    assert Err(NoteMalformed(reason)) == opened(note)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u00a0b", "a\0"])
def test_a_name_fits_on_its_line(name: str) -> None:
    """Blanks, plus signs and control characters would change what a note says."""
    with pytest.raises(ValueError):
        NoteKey(name, KEY.public_key)
    with pytest.raises(ValueError):
        Checkpoint(origin=name, head=HEAD, time_ms=0)


def test_keys_and_times_have_their_size() -> None:
    """A key has 32 bytes, a time is not negative."""
    with pytest.raises(ValueError):
        NoteKey(ORIGIN, b"\x07" * 31)
    with pytest.raises(ValueError):
        Checkpoint(origin=ORIGIN, head=TreeHead(0, EMPTY_ROOT), time_ms=-1)
