"""A pool of threads that share the work of one kernel."""


def run(variant, count, grain, *args):
    """Call ``variant(*args, first, last)`` for all parts of range(count)."""
    variant(*args, 0, count)


def num_threads():
    return 1


def set_num_threads(n):
    pass
