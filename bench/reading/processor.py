"""Processor time, which a busy machine does not lengthen as it does wall time."""

import resource
import time


def processor_seconds() -> float:
    """Give the processor time spent so far by this process and the programs it ran."""
    run = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + run.ru_utime + run.ru_stime
