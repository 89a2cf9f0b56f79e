"""Proving that nothing is lost: every row, every file and every number is looked at once.

A *fault* must never be. A *note* harms nothing: a process killed between keeping a large file and
its row leaves a file that no row names, and its source sends the arrival again.
"""

import hashlib
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

from app.domain import receipt_number
from app.domain.envelope import Channel
from app.domain.errors import BlobsUnreachable
from app.domain.proof_wording import FAULTS
from app.domain.status import SubmissionState
from app.storage.blobs import BlobDamaged, BlobStore, KeptFile
from app.storage.queries.proof import (
    AnswerFacts,
    ArrivalFacts,
    FileFacts,
    ProofQueries,
    ProofView,
    RecordFacts,
)

T = TypeVar("T")
_STATES: Final = frozenset(SubmissionState)
_SETTLED: Final = frozenset(
    {SubmissionState.DONE, SubmissionState.QUARANTINED, SubmissionState.FAILED}
)
"""States in which an arrival has its comments, or says why not."""
_NAMES_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Found:
    """One thing a proof found.

    Attributes:
        code: What; a code of ``proof_wording``.
        data: Which one, by ids only.
    """

    code: str
    data: dict[str, str]

    @property
    def is_fault(self) -> bool:
        """Whether it must never be."""
        return self.code in FAULTS


class Proof:
    """One look at everything.

    Attributes:
        counts: How many of each kind were looked at, and how many faults and notes there were.
    """

    def __init__(self, queries: ProofQueries, blobs: BlobStore) -> None:
        """Prepare to look at a database and its blob store."""
        self._queries = queries
        self._blobs = blobs
        self.counts: Counter[str] = Counter()

    def run(self) -> Iterator[Found]:
        """Give what is found while looking; memory does not grow with what is kept."""
        for found in self._everything():
            self.counts["faults" if found.is_fault else "notes"] += 1
            yield found

    def _everything(self) -> Iterator[Found]:
        with self._queries.view() as view:
            for line in view.damage():
                yield Found("database_damaged", {"detail": line})
            for file in self._counted("documents", view.files()):
                yield from _judge_content(file)
            yield from self._blobs_of(view)
            for arrival in self._counted("submissions", view.arrivals()):
                yield from _judge_arrival(arrival)
            yield from _judge_posts(view)
            yield from self._records(view)
            for answer in self._counted("answers", view.answers()):
                yield from _judge_answer(answer)
        yield from self._kept_files()

    def _counted(self, kind: str, items: Iterable[T]) -> Iterator[T]:
        for item in items:
            self.counts[kind] += 1
            yield item

    def _blobs_of(self, view: ProofView) -> Iterator[Found]:
        """Read every blob that a document names, each once however many name it."""
        files = self._counted("documents", view.files_in_blobs())
        for sha256, naming in itertools.groupby(files, key=lambda file: file.sha256):
            self.counts["blobs"] += 1
            problem, size = self._read_blob(sha256)
            for file in naming:
                if problem is not None:
                    yield Found(problem.code, {**_of(file), "sha256": sha256, **problem.data})
                elif size != file.size:
                    yield Found("size_differs", _of(file))

    def _read_blob(self, sha256: str) -> tuple[Found | None, int]:
        size = 0
        try:
            for chunk in self._blobs.chunks(sha256):
                size += len(chunk)
        except FileNotFoundError:
            return Found("blob_missing", {}), 0
        except BlobDamaged:
            return Found("blob_differs", {}), size
        except (OSError, BlobsUnreachable) as error:
            return Found("blob_unreadable", {"error": type(error).__name__}), 0
        return None, size

    def _records(self, view: ProofView) -> Iterator[Found]:
        """Look at every record; valid numbers that are as many as the highest have no gap."""
        counted: Counter[int] = Counter()
        highest: Counter[int] = Counter()
        for record in self._counted("records", view.records()):
            yield from _judge_record(record)
            if receipt_number.is_valid(record.receipt_number):
                number, serial = map(int, record.receipt_number.split("-")[:2])
                counted[number] += 1
                highest[number] = max(highest[number], serial)
        told = view.serials()
        for number in sorted(told.keys() | counted.keys()):
            last = told.get(number, 0)
            if not last == counted[number] == highest[number]:
                facts = {"last": last, "count": counted[number], "highest": highest[number]}
                data = {"number": f"{number:03d}", **{k: str(v) for k, v in facts.items()}}
                yield Found("receipt_numbers_have_gaps", data)

    def _kept_files(self) -> Iterator[Found]:
        """Look at what lies in the blob store, and ask of each blob whether it is named *now*."""
        files = self._blobs.files()
        while some := list(itertools.islice(files, _NAMES_AT_ONCE)):
            named = self._queries.named([each.sha256 for each in some if each.sha256])
            yield from (_of_file(each) for each in some if each.sha256 not in named)


def _of_file(file: KeptFile) -> Found:
    code = "file_strange"
    if file.is_temporary:
        code = "file_temporary"
    elif file.sha256 is not None:
        code = "blob_unnamed"
    return Found(code, {"path": file.path})


def _of(file: FileFacts) -> dict[str, str]:
    return {"document": file.id, "submission": file.submission_id}


def _judge_content(file: FileFacts) -> Iterator[Found]:
    content = file.content or b""
    if hashlib.sha256(content).hexdigest() != file.sha256:
        yield Found("content_differs", _of(file))
    elif len(content) != file.size:
        yield Found("size_differs", _of(file))


def _judge_arrival(arrival: ArrivalFacts) -> Iterator[Found]:
    data = {"submission": arrival.id, "state": arrival.state}
    if arrival.state not in _STATES:
        yield Found("state_unknown", data)
    elif arrival.is_leased != (arrival.state == SubmissionState.PROCESSING):
        yield Found("lease_differs", data)
    explained = arrival.has_reason or arrival.has_findings
    if arrival.state in _SETTLED and not arrival.comments and not explained:
        yield Found("arrival_without_comment", data)
    if arrival.state == SubmissionState.IGNORED and not arrival.has_reason:
        yield Found("arrival_without_comment", data)
    if not arrival.originals:
        yield Found("arrival_without_original", data)
    # The posts of an e-application key are counted, not named: see the counters.
    if arrival.channel != Channel.E_APPLICATION and not arrival.is_told:
        yield Found("arrival_not_in_ledger", data)
    if not arrival.is_audited:
        yield Found("arrival_without_audit", data)


def _judge_posts(view: ProofView) -> Iterator[Found]:
    for source, (told, here) in sorted(view.posts().items()):
        if told != here:
            data = {"source": source, "told": str(told), "here": str(here)}
            yield Found("posts_differ", data)


def _judge_record(record: RecordFacts) -> Iterator[Found]:
    data = {"receipt_number": record.receipt_number}
    if not receipt_number.is_valid(record.receipt_number):
        yield Found("receipt_number_invalid", data)
    if not record.has_arrival:
        yield Found("record_without_arrival", data)
    if not record.is_audited:
        yield Found("record_without_audit", data)


def _judge_answer(answer: AnswerFacts) -> Iterator[Found]:
    if not answer.has_record or answer.receipt_number.encode() not in answer.answer:
        yield Found("answer_without_record", {"receipt_number": answer.receipt_number})
