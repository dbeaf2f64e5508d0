"""Workbooks with a password, inside the child process: the password comes by standard input and is forgotten with the process."""

from __future__ import annotations

from pathlib import Path

from sqm.ingest.sheets import Unreadable

#: Spreadsheet programs lock with it what is only protected against changes, and unlock it unasked.
NOBODYS = "VelvetSweatshop"


def unlock(path: Path, target: Path, password: str) -> None:
    """Write ``path`` without its password. Raises Unreadable: ``file_password_wrong``, or ``file_password_kind`` for a lock
    that only the program it was made with can open."""
    import msoffcrypto
    from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError

    try:
        with path.open("rb") as file, target.open("wb") as clear:
            book = msoffcrypto.OfficeFile(file)
            book.load_key(password=password, verify_password=True)
            book.decrypt(clear)
    except InvalidKeyError as error:
        raise Unreadable("file_password_wrong") from error
    except (DecryptionError, FileFormatError) as error:
        raise Unreadable("file_password_kind") from error
    except MemoryError:
        raise
    except Exception as error:  # the library lets what a damaged file does to it through as it comes
        raise Unreadable("file_damaged", type(error).__name__) from error
