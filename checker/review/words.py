"""What the verdicts mean, and how they are counted, in words that every form of the document shares."""

from collections import Counter
from collections.abc import Mapping, Sequence

from checker.findings import Verdict
from checker.review.document import Review

VERDICTS: Sequence[Verdict] = ("violated", "unknown", "ask", "met", "not applicable")
MEANINGS: Mapping[Verdict, str] = {
    "met": "all that was judged passed",
    "violated": "see the failures",
    "unknown": "the input lacks what it takes to tell",
    "not applicable": "the input holds nothing that it speaks of",
    "ask": "configuration cannot tell, people have to",
}


def summary(review: Review) -> str:
    """`65 items: 12 violated, 3 unknown, …`."""
    counts = Counter(row.verdict for row in review.rows)
    return f"{len(review.rows)} items: " + ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])


def counted(count: int, one: str) -> str:
    """`1 file`, `1,200 files`."""
    return f"{count:,} {one}{'' if count == 1 else 's'}"
