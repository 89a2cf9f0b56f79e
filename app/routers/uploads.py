"""Reading what gateways send: multipart forms, raw messages, and fields that are text by nature."""

import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeVar, cast  # OpenAPI fragments are plain JSON

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from app.domain.envelope import Part, Spooled
from app.domain.errors import FieldProblem, InvalidInput, TooLarge
from app.routers.parts import file_name, form_of
from app.routers.problems import invalid, pointer

MULTIPART = ("multipart/form-data", "application/x-www-form-urlencoded")
"""A form without a file comes in the second shape, and is told what it lacks."""
MESSAGE = ("message/rfc822", "message/global")
_MOST_FILES = 500
_MOST_FIELDS = 50
_FIELD_BYTES = 64 * 1024
_LONGEST_NAME = 500
IN_MEMORY_BYTES = 1024 * 1024
"""What is larger is spooled to the temporary folder while it comes in (so Starlette's forms)."""
_UNNAMED = "application/octet-stream"

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A multipart form as it came.

    Attributes:
        fields: Text by name; an empty one is left out.
        files: Files by name, byte for byte; large ones lie on disk until they are answered.
        problems: Names that were sent more often than they may.
    """

    fields: Mapping[str, str]
    files: Mapping[str, tuple[Part, ...]]
    problems: tuple[FieldProblem, ...]


async def uploaded(request: Request) -> AsyncIterator[Upload]:
    """Read a multipart form; large files are spooled to disk, and lie there until the answer."""
    fields: dict[str, str] = {}
    files: dict[str, tuple[Part, ...]] = {}
    async with _form(request) as form:
        counted = Counter(name for name, value in form.multi_items() if isinstance(value, str))
        sizes = sum(
            each.size or 0 for _, each in form.multi_items() if isinstance(each, UploadFile)
        )
        if sizes > request.app.state.max_upload_bytes:
            raise TooLarge
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                files[name] = (*files.get(name, ()), await _part(value))
            elif value != "":
                fields[name] = value
        repeated = tuple(
            FieldProblem(pointer((name,)), "sent_twice")
            for name, count in counted.items()
            if count > 1
        )
        yield Upload(fields=fields, files=files, problems=repeated)


@asynccontextmanager
async def _form(request: Request) -> AsyncIterator[FormData]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    read = form_of if kind == MULTIPART[0] else Request.form
    form = await read(
        request, max_files=_MOST_FILES, max_fields=_MOST_FIELDS, max_part_size=_FIELD_BYTES
    )
    try:
        yield form
    finally:
        await form.close()


async def raw_body(request: Request) -> AsyncIterator[bytes | Spooled]:
    """Read a body as it is; a large one is spooled to disk, and lies there until the answer."""
    with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES) as file:
        async for chunk in request.stream():
            # As Starlette does for files of a form: once on disk, writing may wait for it.
            if file.tell() + len(chunk) > IN_MEMORY_BYTES:
                await run_in_threadpool(file.write, chunk)
            else:
                file.write(chunk)
        yield spooled(cast("BinaryIO", file), file.tell())


def spooled(file: BinaryIO, size: int) -> bytes | Spooled:
    """Give bytes that came as a file: a few in memory, more where they lie."""
    where = Spooled(file, size)
    return where.read() if size <= IN_MEMORY_BYTES else where


def read_fields(
    model: type[Model],
    upload: Upload,
    *,
    file_name: str,
    one: bool = False,
    rules: Callable[[Model], Iterable[FieldProblem]] = lambda _sent: (),
) -> tuple[Model, tuple[Part, ...]]:
    """Check the fields and files of a form.

    Args:
        model: What the fields must be.
        upload: What came.
        file_name: The name the files stand under.
        one: Whether exactly one file may come.
        rules: Says what else is wrong with fields that are right each by itself.

    Raises:
        InvalidInput: Every field that is wrong or missing.
    """
    problems = list(upload.problems)
    parts = upload.files.get(file_name, ())
    if not parts:
        problems.append(FieldProblem(f"/{file_name}", "file_needed"))
    elif one and len(parts) > 1:
        problems.append(FieldProblem(f"/{file_name}", "sent_twice"))
    problems.extend(
        FieldProblem(pointer((name,)), "field_unknown")
        for name in upload.files
        if name != file_name
    )
    fields = {name: text for name, text in upload.fields.items() if name != file_name}
    try:
        checked = model.model_validate(fields)
    except ValidationError as error:
        found = invalid(error.errors(include_url=False, include_input=False), within=False)
        raise InvalidInput(problems=(*problems, *found)) from None
    problems.extend(rules(checked))
    if problems:
        raise InvalidInput(problems=tuple(problems))
    return checked, parts


def form_body(
    model: type[BaseModel], file_name: str, *, many: bool, about: str, example: Mapping[str, Any]
) -> dict[str, Any]:
    """Describe a multipart body to OpenAPI."""
    schema = model.model_json_schema()
    file: dict[str, Any] = {"type": "string", "format": "binary", "description": about}
    # In a form nothing is null; what is not known may be left out or left empty.
    properties = {
        name: {**each, "anyOf": [_or_empty(way) for way in each["anyOf"]]}
        if "anyOf" in each
        else each
        for name, each in schema["properties"].items()
    }
    properties[file_name] = {"type": "array", "items": file, "minItems": 1} if many else file
    described = {
        "type": "object",
        "properties": properties,
        "required": [file_name, *schema.get("required", [])],
        "additionalProperties": False,
    }
    return {
        "requestBody": {
            "required": True,
            "content": {MULTIPART[0]: {"schema": described, "example": dict(example)}},
        }
    }


def _or_empty(way: dict[str, Any]) -> dict[str, Any]:
    return {"type": "string", "maxLength": 0} if way == {"type": "null"} else way


async def _part(file: UploadFile) -> Part:
    name = file_name(file.headers).replace("\x00", "")[:_LONGEST_NAME]
    kind = (file.content_type or _UNNAMED).replace("\x00", "")[:_LONGEST_NAME]
    return Part(
        filename=name.encode("utf-8", "replace").decode() or None,
        media_type=kind,
        data=await run_in_threadpool(spooled, file.file, file.size or 0),
    )
