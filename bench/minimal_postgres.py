"""The baseline of e-applications on PostgreSQL: a minimal FastAPI and SQLModel endpoint over asyncpg.

It does what ``bench/minimal_sqlite.py`` does, on this database: it checks the shape of the same
JSON, inserts it as one row and commits, synced by the server before it answers; nothing else. An
``async def`` route, SQLAlchemy's default pool (5 connections and 10 more at need) in each process.
"""

import os
from collections.abc import Mapping
from datetime import UTC, datetime

import sqlalchemy as sa
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import JSON, Column, Field, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession


class Posted(BaseModel):
    """The members of an e-application, as a first draft of such a service has them."""

    measure_name: str
    submitter: dict[str, object]
    opinion: str
    reply_to: str | None = None


class Row(SQLModel, table=True):
    """One comment."""

    id: int | None = Field(default=None, primary_key=True)
    received_at: datetime = Field(sa_column=Column(sa.DateTime(timezone=True)))
    body: dict[str, object] = Field(sa_column=Column(JSON))


engine = create_async_engine(
    os.environ["BENCH_DATABASE"].replace("postgresql://", "postgresql+asyncpg://")
)
app = FastAPI()


@app.post("/comments", status_code=201)
async def post(posted: Posted) -> Mapping[str, object]:
    """Insert one row and commit."""
    async with AsyncSession(engine) as session:
        row = Row(received_at=datetime.now(UTC), body=posted.model_dump())
        session.add(row)
        await session.commit()
        await session.refresh(row)
        return {"id": row.id}


@app.get("/healthz")
async def healthz() -> Mapping[str, str]:
    """Say that it is up."""
    return {"status": "ok"}
