"""Versions of programs: in what they say, and in what a compiler wrote into them."""

import mmap
import re
from pathlib import Path
from typing import Final

_NUMBER: Final = rb"\d{1,6}(?:\.\d{1,6}){1,3}(?:[-+.~]?[0-9A-Za-z]{1,20}){0,3}"
_TOLD: Final = re.compile(_NUMBER)
_COLOURS: Final = re.compile(rb"\x1b\[[0-9;]{0,20}[A-Za-z]")
_MODULE: Final = re.compile(rb"\nmod\t[!-~]{1,200}\tv(" + _NUMBER + rb")\t")
"""The main module of a program that Go built. Source: `runtime/debug.BuildInfo.String`."""


def plain(told: bytes) -> bytes:
    """Return what a program wrote, without colours."""
    return _COLOURS.sub(b"", told)


def version_in(told: bytes) -> str:
    """Return the first version in what a program wrote; empty where there is none.

    >>> version_in(b"Nmap version 7.93 ( https://nmap.org )")
    '7.93'
    """
    found = _TOLD.search(plain(told))
    return found[0].decode("ascii") if found else ""


def version_of_module(program: Path) -> str:
    """Return which version of its own module a program was built from; empty where it is none of Go's.

    Such a program often does not know its version: the project's own build would have told it.
    """
    try:
        with program.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            found = _MODULE.search(content)
            return found[1].decode("ascii") if found else ""
    except (OSError, ValueError):
        return ""
