"""Reading forms in this process, without a service: for those who work on the reading."""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from pathlib import Path
from typing import TypeVar

import cv2

from app.recognition.blank_form import draw
from app.recognition.decoding import open_pages
from app.recognition.engines import ENGINES
from app.recognition.form_template import FormTemplate
from app.recognition.page_reader import PageReader
from app.recognition.reading import PageReading, ReadingLimits
from app.recognition.templates import design, to_public_json
from bench.reading.consultations import a_consultation
from bench.reading.samples import Order, kept
from bench.reading.score import Noted, Outcome, score
from bench.reading.sheets import Blank, blank_of

_Found = TypeVar("_Found")


def template_of(number: int = 12) -> tuple[FormTemplate, Blank]:
    """Design the form of the bench's consultation, and print it."""
    consultation = a_consultation(number=number)
    template = design(consultation)
    return template, blank_of(draw(consultation, template), to_public_json(template))


class DirectReader:
    """The page reader as the service's page process uses it."""

    def __init__(self, template: FormTemplate, engine: str = "best") -> None:
        """Load the engine.

        Raises:
            RecognitionUnavailable: It is not installed.
        """
        self._limits = ReadingLimits()
        self._reader = PageReader([template], ENGINES[engine](self._limits))

    def page(self, data: bytes) -> PageReading:
        """Read the page of a file."""
        return self._reader.read(open_pages(data, self._limits).page(1), 1)

    def read(self, data: bytes) -> Noted:
        """Read the page of a file, and note what was read for the score."""
        page = self.page(data)
        return Noted(
            values={pointer: each.value for pointer, each in page.readings.items()},
            confidences={
                pointer: each.confidence
                for pointer, each in page.readings.items()
                if each.confidence is not None
            },
            findings=[(each.code, each.field) for each in page.findings],
        )


def read_all(
    orders: Sequence[Order], engine: str, folder: Path | None, processes: int
) -> list[Outcome]:
    """Make forms and read them, in so many processes.

    Args:
        orders: Which forms.
        engine: A name of ``ENGINES``.
        folder: Where forms are kept for the next run, or None.
        processes: How many; each uses one core.
    """
    one = partial(_read_one, engine=engine, folder=folder)
    return [outcome for found in in_processes(one, orders, processes) for outcome in found]


def in_processes(
    one: Callable[[Order], _Found], orders: Sequence[Order], processes: int
) -> list[_Found]:
    """Do the same for every form, in so many processes of one thread each."""
    if processes == 1:
        return [one(order) for order in orders]
    # A new interpreter for each: the runtime of the network has threads, which no fork survives.
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=fresh, initializer=_on_one_thread) as pool:
        return list(pool.map(one, orders))


def _on_one_thread() -> None:
    cv2.setNumThreads(1)
    os.environ["OMP_THREAD_LIMIT"] = "1"


def _read_one(order: Order, *, engine: str, folder: Path | None) -> tuple[Outcome, ...]:
    reader, blank = shared_reader(engine)
    sample = kept(order, blank, folder)
    return score(sample, reader.read(sample.data))


@lru_cache(maxsize=1)
def shared_reader(engine: str) -> tuple[DirectReader, Blank]:
    """Give the reader of this process, and the form it reads."""
    template, blank = template_of()
    return DirectReader(template, engine), blank
