"""Style, script and mark of the pages, served under an address that changes with their bytes."""

import hashlib
from pathlib import Path

from fastapi import APIRouter, HTTPException, Response

STATIC = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_FILES = {
    path.name: path.read_bytes() for path in sorted(STATIC.iterdir()) if path.suffix in _TYPES
}
VERSION = hashlib.sha256(b"".join(_FILES.values())).hexdigest()[:12]
"""Changes whenever an asset does, so that a browser may keep what it has for ever."""

router = APIRouter(include_in_schema=False)


def address(name: str) -> str:
    """Give the path under which an asset is served.

    Raises:
        KeyError: There is no such asset.
    """
    if name not in _FILES:
        raise KeyError(name)
    return f"/static/{VERSION}/{name}"


@router.get("/static/{version}/{name}")
def asset(version: str, name: str) -> Response:
    """Serve one asset; only the present version, so that nothing stale is kept for ever."""
    if version != VERSION or name not in _FILES:
        raise HTTPException(404)
    return Response(
        _FILES[name],
        media_type=_TYPES[Path(name).suffix],
        headers={
            "Cache-Control": "public, max-age=31536000, immutable",
            "X-Content-Type-Options": "nosniff",
        },
    )
