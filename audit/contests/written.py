"""What people wrote to each other in contests, opened for who may read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from audit.models import Contest
from audit.people import people


@dataclass(frozen=True, slots=True)
class Written:
    """The words of one contest: what the citizen said, why the answer took longer, and the answer.

    Each is "" where nothing was written, or where it does not open any more because the citizen was erased.
    """

    claim: str = ""
    extension: str = ""
    answer: str = ""


def words_of(contests: Sequence[Contest]) -> dict[UUID, Written]:
    """Open the words of contests of one citizen, by the id of each: as many queries for one as for a hundred."""
    sealed = {
        contest.words_label(what): bytes(words)
        for contest in contests
        for what, words in (
            ("claim", contest.claim_sealed),
            ("extension", contest.extension_sealed),
            ("answer", contest.answer_sealed),
        )
        if words
    }
    if len({contest.subject for contest in contests}) > 1:
        raise ValueError("the words of one citizen are opened at a time")
    opened = people().open_words(contests[0].subject, sealed) if sealed else {}
    return {
        contest.pk: Written(
            claim=opened.get(contest.words_label("claim"), ""),
            extension=opened.get(contest.words_label("extension"), ""),
            answer=opened.get(contest.words_label("answer"), ""),
        )
        for contest in contests
    }
