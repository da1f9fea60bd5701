"""Memory that arrays no longer need: plain Python."""

import ctypes


def give_back():
    """Give memory that is free back to the system.

    Once large arrays have come and gone, the C library takes room for others from where it finds some, and keeps what
    is free between those that stay: with millions of rows about as much as all that is there. Where it is not that of
    GNU, nothing is done.
    """
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return
    trim(0)
