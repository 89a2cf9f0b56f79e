"""Reading pages of unknown layout by words: an engine whose lines a dictionary has looked at."""

from collections.abc import Sequence
from dataclasses import replace

from app.recognition.language import Language
from app.recognition.ocr import Grey, LinePicture, OcrEngine
from app.recognition.reading import TextLine


class Worded:
    """An engine that reads what strokes leave open by the words they would make."""

    def __init__(self, engine: OcrEngine, language: Language) -> None:
        """Keep the engine and who knows which words there are."""
        self._engine = engine
        self._language = language

    @property
    def name(self) -> str:
        """Name and version of the engine."""
        return self._engine.name

    def read_lines(self, lines: Sequence[LinePicture]) -> tuple[TextLine, ...]:
        """Read each line.

        Raises:
            EngineFailed: The engine could not read one of them.
        """
        return self._weighed(self._engine.read_lines(lines))

    def read_page(self, image: Grey) -> tuple[TextLine, ...]:
        """Read a whole page.

        Raises:
            EngineFailed: The engine could not read it.
        """
        return self._weighed(self._engine.read_page(image))

    def turned_by(self, image: Grey) -> int:
        """Tell by how many degrees (0, 90, 180, 270) a page must turn clockwise to be upright."""
        return self._engine.turned_by(image)

    def _weighed(self, lines: Sequence[TextLine]) -> tuple[TextLine, ...]:
        # Nobody knows here which line goes on in the next; each is a text of its own.
        read = self._language.weighed(lines, [True] * len(lines))
        return tuple(replace(each, options=()) for each in read)
