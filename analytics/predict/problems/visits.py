"""Will this visit buy? Of visits that came from clicks, asked as they begin; of ready visits, by what is told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from analytics.calendar import in_words
from analytics.errors import DataError, EmptyDataError
from analytics.predict.cases import Cases, Flags, check_target, features, later_part
from analytics.predict.problems.arrivals import DAY, LABELS, MOST_VISITS, arrivals, flags, visits
from analytics.predict.problems.columns import usable
from analytics.predict.problems.definition import Problem
from analytics.schema import SESSIONS
from analytics.sources import Source
from analytics.text import say, say_count

if TYPE_CHECKING:
    from analytics.predict.request import TrainingRequest

_TARGET: Final = "has_purchase"
_NAMES: Final = ("session", "session_id", "visitor_id", "customer_id", "started_at", DAY)
_WHOLE: Final = (
    "session_seconds", "click_count", "view_count", "cart_count", "product_count", "is_bounce", "has_cart", "main_category",
)  # fmt: skip


def _conversion(source: Source, request: TrainingRequest) -> Cases:
    told, is_latest = visits(source)
    answers = flags(told[_TARGET])
    known = np.isfinite(answers)
    if not known.any():
        raise EmptyDataError(
            say(
                "No visit of '{name}' says whether something was bought, so there is nothing to learn from.",
                name=source.name,
            )
        )
    is_derived = source.has("events")
    frame = arrivals(source, told)
    further = [name for name in told.columns if name not in SESSIONS.names]
    whole = [name for name in (*_WHOLE, "purchase_count", "exit_page", *further) if told[name].notna().any()]
    frame = frame.assign(**{name: told[name] for name in whole if name not in frame})
    told, frame = told[known].reset_index(drop=True), frame[known].reset_index(drop=True)
    check_target(answers[known], say("a purchase"))
    is_test, split = by_day(told[DAY], request)
    kept, notes = usable(frame, leave_out=request.leave_out)
    asked = _asked_when(is_derived)
    return Cases(
        features(kept),
        answers[known],
        told["session_id"].astype("string").fillna(told["session"].astype("string")),
        is_test,
        split,
        say("buys"),
        say("does not buy"),
        suspects=_suspects(is_derived),
        labels={name: say(label) for name, label in LABELS.items() if name in kept},
        notes=(asked, *_left_out(int((~known).sum()), is_latest), *notes),
    )


def _asked_when(is_derived: bool) -> str:
    if is_derived:
        return say(
            "The question is asked as a visit begins: what is counted over the whole visit would know how it ended. Earlier "
            "visits count once they are over."
        )
    return say(
        "The visits came ready, each told as a whole: models say which look like those that buy. To ask during a visit, give "
        "what has happened so far."
    )


def _suspects(is_derived: bool) -> dict[str, str]:
    """Columns that know how a visit ended, each with the reason."""
    end = {
        "purchase_count": say("It counts the purchases, which is the question."),
        "exit_page": say(
            "It is the last page, which is known when the visit is over: after a purchase, the confirmation."
        ),
    }
    if not is_derived:
        return end
    after = say(
        "It is counted over the whole visit, the purchase and what came after it included; when the visit begins it is not known."
    )
    cart = say(
        "Whether something is put into the cart is not known when the visit begins: it is the last step before buying."
    )
    return end | dict.fromkeys(_WHOLE, after) | dict.fromkeys(("cart_count", "has_cart"), cart)


def by_day(days: pd.Series[Any], request: TrainingRequest) -> tuple[Flags | None, str]:
    """The test part of later days, where that is asked for or usual and days are known, and how it came about."""
    if request.split == "given":
        raise DataError(say("There is no test file with these cases. Choose another split."))
    if request.split == "random":
        return None, ""
    parted = later_part(days, request.test_percent)
    if parted is None:
        if request.split == "time":
            raise DataError(say("The cases have no days, so they cannot be parted by time. Choose another split."))
        return None, ""
    return parted, say(
        "Models learn from the days before {day}, and are tested on those from then on.",
        day=in_words(pd.Timestamp(days[parted].min()).date()),
    )


def _left_out(unknown: int, is_latest: bool) -> tuple[str, ...]:
    told = []
    if unknown:
        told.append(
            say_count(
                unknown,
                "{n} visit does not say whether something was bought and was left out.",
                "{n} visits do not say whether something was bought and were left out.",
            )
        )
    if is_latest:
        told.append(say("Only the latest {n} visits count.", n=f"{MOST_VISITS:,}"))
    return tuple(told)


CONVERSION: Final = Problem(
    "conversion",
    "Purchase in a visit",
    "Will this visit buy?",
    "classification",
    "visit",
    ("sessions",),
    _conversion,
)
