"""Memory that is free goes back to the system, also from between what stays."""

import ctypes
import resource
from pathlib import Path

import numpy as np
import pytest

from analytics.core import memory

STATUS = Path("/proc/self/statm")


def in_use():
    """Bytes of memory that the process has."""
    return int(STATUS.read_text().split()[1]) * resource.getpagesize()


@pytest.mark.skipif(
    not STATUS.exists() or not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="only of Linux with the GNU C library"
)
def test_free_memory_is_given_back():
    size = 100_000
    arrays = [np.ones(size, np.uint8) for _number in range(600)]
    kept = arrays[::10]
    del arrays
    before = in_use()
    memory.give_back()
    assert before - in_use() > 400 * size
    assert all(array.all() for array in kept)


def test_another_library(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    memory.give_back()
