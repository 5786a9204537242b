"""The deed `walked`: what a clicked path says, and what it refuses."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from analytics.behaviour.walked import Way, walked_customers, walked_sentence, way_of
from analytics.errors import RequestError
from tests.analytics.test_paths import WALKED, shop

PATH = ["Home", "Category"]


@pytest.mark.parametrize(
    ("details", "sentence"),
    [
        ({"path": PATH}, "Went Home → Category in a visit"),
        ({"path": ["Home"]}, "Were at Home in a visit"),
        ({"path": PATH, "at": "start", "step": 2}, "Went Home → Category from step 2 of a visit"),
        ({"path": ["Home"], "at": "start", "whole": True}, "Left a visit at Home, at step 1"),
        ({"path": ["Home"], "at": "start", "step": 3}, "Were at Home at step 3 of a visit"),
        ({"path": ["Home"], "at": "end", "step": 3}, "Were at Home, 2 steps before the end of a visit"),
        ({"path": ["Home"], "at": "end", "step": 3, "whole": True}, "Began a visit at Home, 2 steps before its end"),
        ({"path": ["Home"], "at": "end", "whole": True}, "Had a visit of one step, at Home"),
        ({"path": ["Home"], "at": "end"}, "Left a visit at Home"),
        ({"path": PATH, "at": "end"}, "Went Home → Category at the end of a visit"),
        ({"path": PATH, "at": "end", "step": 3}, "Went Home → Category, 2 steps before the end of a visit"),
        ({"path": PATH, "before_purchase": True}, "Went Home → Category in a visit, before buying anything"),
    ],
)
def test_a_path_has_a_sentence(details: dict[str, Any], sentence: str) -> None:
    """Each place in a visit is said in plain words."""
    assert walked_sentence({"by": "page", **details}) == sentence


@pytest.mark.parametrize(
    ("details", "told"),
    [
        ({"path": []}, "1 to 5 names"),
        ({"path": "Home"}, "1 to 5 names"),
        ({"path": [1]}, "1 to 5 names"),
        ({"path": ["a"] * 6}, "1 to 5 names"),
        ({"path": PATH, "by": "colour"}, "page, category, event, product"),
        ({"path": PATH, "by": None}, "page, category, event, product"),
        ({"path": PATH, "at": "middle"}, "anywhere, start, end"),
        ({"path": PATH, "step": 0}, "Use 1 to 6"),
        ({"path": PATH, "step": True}, "Use 1 to 6"),
        ({"path": PATH, "merge": "yes"}, "true or false"),
        ({"path": PATH, "sql": "x"}, "'sql' is not possible"),
    ],
)
def test_what_is_not_a_path_is_refused(details: dict[str, Any], told: str) -> None:
    """A detail that a browser should not have sent is named with what is allowed."""
    with pytest.raises(RequestError, match=told):
        way_of({"by": "page", **details})


def test_a_way_is_read_as_it_was_written() -> None:
    """A chart writes a rule's leaf, and the deed reads the same way from it."""
    way = Way("page", ("Home", "Category"), "start", step=2, whole=True, merge=False)
    assert way_of(way.did()["with"]) == way
    assert Way("page", ("Home",)).did() == {"did": "walked", "with": {"at": "anywhere", "by": "page", "path": ["Home"]}}


def test_only_sessions_before_the_day_count() -> None:
    """Who walked it on the as-of date or later is not meant, as nobody is who ordered then; unknown days count."""
    source = shop(*WALKED, customers=True)
    visits = source.table("sessions")
    late = visits.mutate(started_on=(visits.session < 2).ifelse(date(2024, 1, 1), date(2024, 3, 1)))
    dated = type(source)(source.name, source.version, {**source.tables, "sessions": late}, source.default_as_of)
    details = {"by": "page", "path": PATH, "at": "anywhere"}
    assert sorted(walked_customers(dated, date(2024, 3, 1), details)) == ["c0000", "c0001"]
    assert len(walked_customers(source, date(2024, 3, 1), details)) == 5
