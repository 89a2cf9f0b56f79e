"""Where the weights of PP-OCRv6 lie, looked up without loading anything."""

from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from app.domain.errors import RecognitionUnavailable

PACKAGES = "onnxruntime rapidocr"
"""Python packages that bring the network's runtime and its weights."""

_RECOGNISER = Path("models", "PP-OCRv6_rec_small.onnx")


@lru_cache(maxsize=1)
def recogniser_file() -> Path:
    """Find the weights of the line recogniser; the code beside them is not imported.

    Raises:
        RecognitionUnavailable: The package that brings them is missing, or brings others.
    """
    found = find_spec("rapidocr")
    for folder in (found.submodule_search_locations or ()) if found is not None else ():
        path = Path(folder) / _RECOGNISER
        if path.is_file():
            return path
    raise RecognitionUnavailable(missing=PACKAGES)


def installed_version() -> str | None:
    """Give the version of the weights; None where they or their runtime are missing."""
    if find_spec("onnxruntime") is None:
        return None
    try:
        recogniser_file()
        return version("rapidocr")
    except (RecognitionUnavailable, PackageNotFoundError):
        return None
