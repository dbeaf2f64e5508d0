"""Phone and identity numbers: masked for display, a keyed hash to count repeats by, never stored in clear.

A phone is ``1[3-9]`` and nine digits that stand alone, also full-width, with +86 in front, or with blanks, dashes, dots, slashes
or brackets inside, up to two between two digits. An identity number has 18 digits (the last may be X) and a valid checksum (GB 11643). The hash is HMAC-SHA256, hex.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import threading
import unicodedata
from pathlib import Path

from sqm.errors import SqmError

FULL_WIDTH = "０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ"
HALF_WIDTH = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_DASHES = "\\-\u2010-\u2015\u2212\uff0d"
#: What people put between the digits of one number: blanks of every width, also of none, dashes, dots, slashes, brackets.
_MARKS = f" \\t\\r\\n\u00a0\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff{_DASHES}./·()（）．／"
_BETWEEN = f"[{_MARKS}]{{0,2}}"
_PHONE = re.compile(
    rf"(?<!\d)(?:(?:[+＋]|[0０][0０])?[8８][6６]{_BETWEEN}{_BETWEEN})?([1１]{_BETWEEN}[3-9３-９](?:{_BETWEEN}\d){{9}})(?!\d)")
_IDENTITY = re.compile(rf"(?<!\d)([1-9１-９](?:{_BETWEEN}\d){{16}}{_BETWEEN}[\dXxＸｘ])(?![\dA-Za-z])")
#: The same for SQL engines without look-around (RE2): finds every text that ``mask_text`` would change, and few others.
SUSPICIOUS = (
    rf"(?:^|\P{{Nd}})(?:(?:[+＋]|[0０][0０])?[8８][6６]{_BETWEEN}{_BETWEEN})?"
    rf"[1１]{_BETWEEN}[3-9３-９](?:{_BETWEEN}\p{{Nd}}){{9}}(?:\P{{Nd}}|$)"
    rf"|(?:^|\P{{Nd}})[1-9１-９](?:{_BETWEEN}\p{{Nd}}){{16}}{_BETWEEN}[\p{{Nd}}XxＸｘ](?:[^\p{{Nd}}A-Za-z]|$)"
)
#: For such engines too: a phone in eleven half-width digits that nothing around it can belong to, and its mask. What it
#: leaves suspicious is for ``mask_text``.
_APART = rf"[^\p{{Nd}}{_MARKS}]"
PLAIN_PHONE = (rf"(^|{_APART})(1[3-9][0-9])[0-9]{{4}}([0-9]{{4}})($|{_APART})", r"\1\2****\3\4")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
HIDDEN = "****"
#: What stands in a column of numbers for nobody's.
NOBODY = ("无", "没有", "匿名", "未知", "不详", "保密", "未提供", "空", "-", "--", "—", "——", "/", "n/a", "na", "null", "none", "nil", "unknown",
           "anonymous", "0")


def plain(text: str) -> str:
    """Full-width signs as half-width ones (NFKC), without the marks people put between digits; 13800000000.0 loses its ".0"."""
    return re.sub(rf"\.0$|[\s{_MARKS}]", "", unicodedata.normalize("NFKC", text))


def phone_in(text: str) -> str:
    """The 11 digits when the whole text is one phone number, else ''."""
    found = re.fullmatch(r"(?:(?:\+|00)?86)?(1[3-9]\d{9})", plain(text), re.ASCII)
    return found.group(1) if found else ""


def identity_in(text: str) -> str:
    """The 18 signs when the whole text is one identity number with a valid checksum, else ''."""
    signs = plain(text).upper()
    if not re.fullmatch(r"\d{17}[\dX]", signs, re.ASCII):
        return ""
    total = sum(int(digit) * weight for digit, weight in zip(signs, _WEIGHTS, strict=False))
    return signs if "10X98765432"[total % 11] == signs[17] else ""


def mask_phone(digits: str) -> str:
    return f"{digits[:3]}****{digits[7:]}"


def mask_identity(signs: str) -> str:
    return f"{signs[:3]}{'*' * 11}{signs[14:]}"


def mask_text(text: str) -> str:
    """The text with every phone and identity number in it masked; everything else stays as it was."""
    if len(text) < 11:
        return text

    def identity(found: re.Match[str]) -> str:
        signs = identity_in(found.group(1))
        return mask_identity(signs) if signs else found.group()

    def phone(found: re.Match[str]) -> str:
        digits = phone_in(found.group(1))
        return mask_phone(digits) if digits else found.group()

    return _PHONE.sub(phone, _IDENTITY.sub(identity, text))


def mask_id(text: str, key: bytes) -> str:
    """As ``mask_text``, for a text that tells rows apart: what was masked gets ten signs of its hash, to stay unique."""
    masked = mask_text(text)
    return masked if masked == text else f"{masked}#{keyed_hash(text, key)[:10]}"


def mask_personal(text: str, kind: str) -> tuple[str, str]:
    """``(masked, what to hash)`` of a cell of a personal column. What is no such number is hidden altogether."""
    if kind == "phone" and (digits := phone_in(text)):
        return mask_phone(digits), digits
    if kind == "identity" and (signs := identity_in(text)):
        return mask_identity(signs), signs
    return HIDDEN, plain(text).casefold()


def keyed_hash(text: str, key: bytes) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


_SEALED = re.compile(r"(.*?)\s*⟦([A-Za-z0-9_-]{62})⟧", re.DOTALL)
_NONCE, _HASH = 8, 32


def seal(masked: str, hashed: str, key: bytes) -> str:
    """A masked value that a returned workbook can carry and a later load can read: with its keyed hash, and a mark that both are ours.

    The hash is covered by a new pad each time: who may load files could else seal ten thousand numbers and see which one it is.
    """
    nonce = os.urandom(_NONCE)
    covered = _covered(bytes.fromhex(hashed), nonce, key)
    return f"{masked} ⟦{base64.urlsafe_b64encode(nonce + covered + _mark(masked, nonce + covered, key)).decode().rstrip('=')}⟧"


def unseal(text: str, key: bytes) -> tuple[str, str] | None:
    """``(masked, hash)`` of a sealed text; None for one that was changed, or sealed under another key. ValueError for any other text."""
    found = _SEALED.fullmatch(text.strip())
    if not found:
        raise ValueError("not sealed")
    carried = base64.urlsafe_b64decode(found[2] + "==")
    body, mark = carried[: _NONCE + _HASH], carried[_NONCE + _HASH :]
    if not hmac.compare_digest(mark, _mark(found[1], body, key)):
        return None
    return found[1], _covered(body[_NONCE:], body[:_NONCE], key).hex()


def _covered(raw: bytes, nonce: bytes, key: bytes) -> bytes:
    pad = hmac.new(key, b"seal pad\0" + nonce, hashlib.sha256).digest()
    return bytes(one ^ other for one, other in zip(raw, pad, strict=True))


def _mark(masked: str, body: bytes, key: bytes) -> bytes:
    return hmac.new(key, b"seal\0" + masked.encode() + b"\0" + body, hashlib.sha256).digest()[:6]


def pads(key: bytes) -> tuple[bytes, bytes]:
    """Inner and outer block of HMAC-SHA256, for an engine that has only SHA-256: H(outer + H(inner + text))."""
    block = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    return bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)


_making = threading.Lock()
_SHORTEST = 16


def hash_key(folder: Path) -> tuple[bytes, bool]:
    """``(key, newly made)``: ``SQM_HASH_KEY``, else ``hash.key`` in the data folder (made on first use, mode 0600).

    Raises SqmError ``hash_key_damaged`` for a file that holds no key: hashes under another would count nobody's repeats.
    """
    given = os.environ.get("SQM_HASH_KEY", "")
    if given:
        return given.encode(), False
    path = folder / "hash.key"
    with _making:
        fresh = not path.exists() and _made(folder, path)
    key = path.read_bytes().strip()
    if len(key) < _SHORTEST:
        raise SqmError("hash_key_damaged", file=path.name)
    return key, fresh


def _made(folder: Path, path: Path) -> bool:
    """Write a new key, whole before anybody sees it; False where another process was faster, whose key then holds."""
    import secrets  # it alone takes milliseconds, and files are read without it
    import tempfile

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(prefix="hash.key.", dir=folder)  # mode 0600
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return False
        except OSError:  # a disk without links
            os.replace(draft, path)
        return True
    finally:
        draft.unlink(missing_ok=True)
