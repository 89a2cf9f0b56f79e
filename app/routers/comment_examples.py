"""A comment as the description shows it; names and places are invented."""

from typing import Any  # examples are plain JSON

from app.domain.wording import FINDINGS, say

_MEASURE = "住民基本台帳関係事務の特定個人情報保護評価書（案）"
EXAMPLE: dict[str, Any] = {
    "receipt_number": "001-000001-2",
    "consultation": "juki-pia-2015",
    "submission_id": "014d5a3e9c1b7f20c64fe1a87d3b9025",
    "channel": "fax",
    "delivery": None,
    "received_at": "2015-05-15T23:59:58+09:00",
    "postmarked_on": None,
    "collected_at": None,
    "timeliness": {
        "verdict": "in_time",
        "basis": "received",
        "clock": "fax gateway",
        "deadline": "2015-05-15T23:59:59+09:00",
    },
    "submitter": {
        "kind": "individual",
        "name": "旭川 花子",
        "address": "旭川市6条通9丁目46番地",
        "representative": None,
        "category": {"code": "1", "detail": None},
        "email": None,
        "phone": None,
        "fax": None,
    },
    "measure": {
        "written": _MEASURE,
        "verdict": "match",
        "score": 0.97,
        "candidates": [
            {
                "consultation": "juki-pia-2015",
                "measure_name": _MEASURE,
                "score": 0.97,
                "evidence": {},
            }
        ],
    },
    "opinion": "委託先の監督方法を具体的に書いてください。",
    "opinion_count": 1,
    "status": "needs_review",
    "decision": None,
    "findings": [
        {
            "code": "low_confidence",
            "field": "/submitter/name",
            "message": say("low_confidence", "ja", {}, section=FINDINGS),
            "page": None,
            "box": None,
        }
    ],
    "review_fields": ["/submitter/name"],
    "pages": [1],
    "revision": 1,
}
EXAMPLE_WHOLE: dict[str, Any] = {
    **EXAMPLE,
    "readings": {
        "/submitter/name": {
            "value": "旭川 花子",
            "confidence": 0.62,
            "source": "ocr",
            "page": 1,
            "box": [0.1, 0.2, 0.5, 0.25],
            "engine": "PP-OCRv6 small (rapidocr 3.10.0)",
            "template": "1-1",
            "raw": None,
            "history": [],
        }
    },
    "documents": [
        {
            "id": "014d5a3e9c1b7f20c64fe1a87d3b9026",
            "role": "original",
            "page": None,
            "filename": "fax.tif",
            "media_type": "image/tiff",
            "bytes": 48211,
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        }
    ],
    "related": [{"receipt_number": "001-000002-0", "relation": "same_text"}],
}
