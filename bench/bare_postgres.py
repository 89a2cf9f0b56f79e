"""The least FastAPI can do for an e-application on PostgreSQL: asyncpg without SQLModel.

It checks the shape of the same JSON and inserts it as one row, committed and synced by the server
before it answers; nothing else. An ``async def`` route, a pool of ten connections for each process.
"""

import contextlib
import json
import os
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime

import asyncpg
from fastapi import FastAPI, Request
from pydantic import BaseModel

CONNECTIONS = 10


class Posted(BaseModel):
    """The members of an e-application, as a first draft of such a service has them."""

    measure_name: str
    submitter: dict[str, object]
    opinion: str
    reply_to: str | None = None


@contextlib.asynccontextmanager
async def _with_pool(application: FastAPI) -> AsyncIterator[None]:
    pool = asyncpg.create_pool(
        os.environ["BENCH_DATABASE"], min_size=CONNECTIONS, max_size=CONNECTIONS
    )
    async with pool:
        application.state.pool = pool
        yield


app = FastAPI(lifespan=_with_pool)


@app.post("/comments", status_code=201)
async def post(posted: Posted, request: Request) -> Mapping[str, object]:
    """Insert one row and commit."""
    body = json.dumps(posted.model_dump(), ensure_ascii=False)
    number = await request.app.state.pool.fetchval(
        "INSERT INTO posted (received_at, body) VALUES ($1, $2) RETURNING id",
        datetime.now(UTC),
        body,
    )
    return {"id": number}


@app.get("/healthz")
async def healthz() -> Mapping[str, str]:
    """Say that it is up."""
    return {"status": "ok"}
