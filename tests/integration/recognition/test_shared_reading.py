"""Several arrivals at the same processors."""

import threading
import time

from PIL import Image

from app.domain.envelope import Part
from app.recognition.filled_form import as_pdf
from app.recognition.pages import Recogniser

PATIENCE = 120.0


def _part(count: int) -> Part:
    data = as_pdf([Image.new("L", (200, 280), 255)] * count)
    return Part(filename=None, media_type="application/pdf", data=data)


def test_a_fax_waits_for_no_more_than_a_turn_of_a_stack() -> None:
    recogniser = Recogniser(processes=1)
    fax = threading.Thread(target=recogniser.read, args=(_part(1), {}))
    in_time: list[bool] = []

    def meanwhile(done: int, _total: int) -> None:
        if done == 1:
            fax.start()
            while not recogniser._turns.queued():  # noqa: SLF001 - to know that it waits
                time.sleep(0.001)
        if done == 30:
            # The stack was read a little ahead of what is told here; then it stood aside.
            fax.join(PATIENCE)
            in_time.append(not fax.is_alive())

    stack = recogniser.read(_part(40), {}, on_page=meanwhile)
    fax.join()
    recogniser.end()
    assert in_time == [True]
    assert all(each.blank for each in stack.pages)


def test_every_place_is_given_back() -> None:
    recogniser = Recogniser(processes=2)
    pages: list[int] = []
    readers = [
        threading.Thread(
            target=lambda: pages.append(len(recogniser.read(_part(9), {}).pages)),
        )
        for _ in range(3)
    ]
    for each in readers:
        each.start()
    for each in readers:
        each.join()
    recogniser.end()
    assert pages == [9, 9, 9]
    with recogniser._turns.turn(), recogniser._turns.turn():  # noqa: SLF001 - every place is back
        assert not recogniser._turns.queued()  # noqa: SLF001 - likewise
