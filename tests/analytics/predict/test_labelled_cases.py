"""Cases of a labelled table: which value means yes, which columns are features, which cases are tested on."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics.errors import DataError, NotFoundError, RequestError
from analytics.predict.cases import Cases
from analytics.predict.problems.columns import notes_on
from analytics.predict.problems.labelled import CLASSIFICATION, REGRESSION
from analytics.predict.request import TrainingRequest
from analytics.predict.targets import targets_of, untellable
from tests.analytics.predict.labelled_tables import labelled_in_memory


def cases(columns: dict[str, Any], target: str = "answer", *, kind: str = "classification", **asked: Any) -> Cases:
    request = TrainingRequest("cases", problem=kind, target=target, **asked)
    made = CLASSIFICATION if kind == "classification" else REGRESSION
    return made.cases(labelled_in_memory(columns), request)


@pytest.mark.parametrize(
    ("answers", "yes", "no"),
    [
        ([1, 2, 1, 2], "1", "2"),
        ([0, 1, 0, 1], "1", "0"),
        ([1.0, 2.0, None, 2.0], "1", "2"),
        (["yes", "no", "no", " yes"], "yes", "no"),
        (["TRUE", "FALSE", "FALSE", "FALSE"], "TRUE", "FALSE"),
        ([True, False, None, False], "True", "False"),
        (["n", "y", "n", ""], "y", "n"),
    ],
)
def test_yes_is_seen_by_its_name(answers: list[Any], yes: str, no: str) -> None:
    """1 of 1 and 2 is yes, 1 of 0 and 1, true, yes and y in any case; numbers with gaps are still whole numbers."""
    made = cases({"x": [1.0, 2.0, 3.0, 4.0], "answer": answers})
    told = pd.Series(answers, dtype=object).map(
        lambda one: None if one is None else str(one).strip().removesuffix(".0")
    )
    known = told.notna() & (told != "")
    assert (made.positive, made.negative) == (yes, no)
    assert made.target.tolist() == [1.0 if one == yes else 0.0 for one in told[known]]
    assert made.ids.tolist() == [str(place + 1) for place in np.flatnonzero(known)]


def test_cases_without_an_answer_are_left_out_and_said() -> None:
    """Three of five rows have an answer: the two others are no cases, and a note says so."""
    made = cases({"x": [1.0, 2.0, 3.0, 4.0, 5.0], "answer": ["yes", None, "no", "", "no"]})
    assert made.target.tolist() == [1, 0, 0]
    assert made.frame["x"].tolist() == [1, 3, 5]
    assert made.notes[0] == "2 cases have no answer and were left out."


def test_a_target_with_several_values_needs_to_be_told_which_means_yes() -> None:
    """Of three answers none is yes by itself; told one, in whatever letters, the others are no."""
    columns = {"x": [1.0, 2.0, 3.0], "answer": ["Gold", "Silver", "Bronze"]}
    with pytest.raises(
        RequestError, match=r"^Say which value of 'answer' means yes\. There is Bronze, Gold, Silver\.$"
    ):
        cases(columns)
    made = cases(columns, positive="gold")
    assert (made.positive, made.negative, made.target.tolist()) == ("Gold", "Bronze, Silver", [1, 0, 0])
    with pytest.raises(RequestError, match=r"^'Tin' is not a value of 'answer'\. There is Bronze, Gold, Silver\.$"):
        cases(columns, positive="Tin")


def test_columns_that_say_nothing_are_no_features() -> None:
    """Empty, constant, naming and free-text columns, and the customer, are left out; all but the customer are named in a note."""
    count = 60
    made = cases(
        {
            "customer_id": [f"c{row % 7}" for row in range(count)],
            "order_id": [10 * row for row in range(count)],
            "region_id": [row % 4 for row in range(count)],
            "row": list(range(100, 100 + count)),
            "nothing": pd.Series([None] * count, dtype="float64"),
            "same": ["a"] * count,
            "coupon": ["x" if row % 3 else None for row in range(count)],
            "remark": [f"text {row}" for row in range(count)],
            "paid": [float(row * row % 17) for row in range(count)],
            "answer": [row % 2 for row in range(count)],
        }
    )
    assert list(made.frame.columns) == ["coupon", "paid", "region_id"]
    assert made.notes[1:] == (
        "Not used, because no case has a value there: 'nothing'.",
        "Not used, because all cases have the same value there: 'same'.",
        "Not used, because they name the cases and say nothing of new ones: 'order_id', 'row'.",
        "Not used, because nearly every case has a text of its own there: 'remark'.",
    )


def test_a_text_with_ten_thousand_values_is_said() -> None:
    """With two cases for each it is kept, its 50 most frequent values on their own; with one for each it is no feature."""
    twice = [f"v{row % 10_000:05d}" for row in range(20_000)]
    columns = {
        "x": [float(row % 9) for row in range(20_000)],
        "city": twice,
        "answer": [row % 2 for row in range(20_000)],
    }
    made = cases(columns)
    assert "city" in made.frame
    assert notes_on(made) == (
        "'city' has 10,000 different values: the 50 most frequent count on their own, all others are one.",
    )
    once = {name: values[:10_500] for name, values in columns.items()}
    assert list(cases(once).frame.columns) == ["x"]


def test_page_values_deserve_a_word() -> None:
    """PageValues is made from transactions: it is used, and a note says what it is."""
    made = cases({"PageValues": [0.0, 3.5, 0.0], "answer": [0, 1, 0]})
    assert "PageValues" in made.frame
    assert notes_on(made)[0].startswith("'PageValues' is worked out from the transactions")


def test_an_unknown_target_names_the_columns_there_are() -> None:
    """The sentence lists the columns, without those that say which case it is."""
    with pytest.raises(NotFoundError, match=r"^There is no column 'answers'\. There is x, answer\.$"):
        cases({"x": [1.0, 2.0], "answer": [0, 1], "customer_id": ["a", "b"]}, "answers")


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"x": [1.0, 2.0], "answer": [1, 1]}, "All 2 cases have the same answer for 'answer'"),
        ({"x": [1.0, 2.0], "answer": ["maybe", "maybe"]}, "All cases have the same answer for 'answer': maybe"),
        ({"x": [1.0], "answer": [1]}, "There is only one case with a known answer for 'answer'"),
        ({"x": [1.0, 2.0], "answer": pd.Series([None, None], dtype="string")}, "No case has an answer in 'answer'"),
        ({"x": pd.Series([None, None], dtype="float64"), "answer": [0, 1]}, "No column is left to learn 'answer' from"),
    ],
    ids=["one class", "one class by name", "one row", "no answer", "all missing"],
)
def test_bad_tables_are_refused_in_a_sentence(columns: dict[str, Any], words: str) -> None:
    """Too few cases, one answer, or no column to learn from."""
    with pytest.raises(DataError, match=f"^{words}"):
        cases(columns)


def test_amounts_have_to_be_numbers() -> None:
    """A text among the amounts is named with its row; days are no amounts."""
    with pytest.raises(DataError, match=r"has 1 values that are no numbers \(first: 'dear' in row 2\)"):
        cases({"x": [1.0, 2.0, 3.0], "answer": ["1", "dear", "3"]}, kind="regression")
    with pytest.raises(DataError, match="No case has an answer in 'answer'"):
        cases({"x": [1.0, 2.0], "answer": pd.Series([None, None], dtype="float64")}, kind="regression")
    days = pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"])
    with pytest.raises(DataError, match="days are no amounts"):
        cases({"x": [1.0, 2.0, 3.0], "answer": days}, kind="regression")
    assert cases({"x": [1.0, 2.0, 3.0], "answer": ["1", "2.5", ""]}, kind="regression").target.tolist() == [1, 2.5]


def test_a_test_file_is_the_test_part_unless_told_otherwise() -> None:
    """Its cases are the test part; `random` draws another; without one, `given` is refused."""
    columns = {"x": [1.0, 2.0, 3.0, 4.0], "is_test": [False, False, True, True], "answer": [0, 1, 0, 1]}
    made = cases(columns)
    assert made.is_test is not None
    assert made.is_test.tolist() == [False, False, True, True]
    assert "is_test" not in made.frame
    assert cases(columns, split="random").is_test is None
    with pytest.raises(DataError, match=r"^There is no test file"):
        cases({"x": [1.0, 2.0], "answer": [0, 1]}, split="given")


def test_a_day_without_a_clock_is_a_number_of_days() -> None:
    """A column of days is a feature and parts by time, as one of moments does, and not a text that each case has alone."""
    days = [date(2024, 1, 1) + timedelta(days=row) for row in range(30)]
    table = {"x": [float(row % 4) for row in range(30)], "signed_up": days, "answer": [0, 1] * 15}
    made = cases(table)
    assert made.frame["signed_up"].tolist() == [8766.0 + row for row in range(30)]
    assert not [note for note in made.notes if "signed_up" in note]
    assert cases(table, split="time").is_test is not None


def test_a_split_by_time_tests_on_later_days() -> None:
    """A fifth of ten cases are the last two days; 23:59 still belongs to its day, and the day is no feature."""
    at = [f"2024-01-{day:02d} 23:59" for day in range(1, 9)] + ["2024-01-09 00:00", "2024-01-10 12:00"]
    columns = {"x": [float(row % 4) for row in range(10)], "at": pd.to_datetime(at), "answer": [0, 1] * 5}
    made = cases(columns, split="time")
    assert made.is_test is not None
    assert np.flatnonzero(made.is_test).tolist() == [8, 9]
    assert list(made.frame.columns) == ["x"]
    assert made.split == (
        "Models learn from the cases before 9 Jan 2024, by 'at', and are tested on those from then on."
    )
    assert cases(columns).is_test is None


def test_a_split_by_time_needs_one_column_of_days() -> None:
    """None is refused; of two, the one that is not left out parts the cases."""
    days = pd.to_datetime([f"2024-01-{day:02d}" for day in range(1, 5)])
    columns = {"x": [1.0, 2.0, 1.0, 2.0], "born": days[::-1], "seen": days, "answer": [0, 1, 0, 1]}
    with pytest.raises(DataError, match=r"^Several columns hold days: 'born', 'seen'\."):
        cases(columns, split="time")
    assert "'seen'" in cases(columns, split="time", leave_out=("born",)).split
    with pytest.raises(DataError, match=r"^No column holds days"):
        cases({"x": [1.0, 2.0], "answer": [0, 1]}, split="time")


def test_what_is_left_out_on_purpose_needs_no_other_reason() -> None:
    """A column of names that is left out anyway stays until then, and no note speaks of it."""
    columns = {"row_id": list(range(30)), "x": [float(row % 4) for row in range(30)], "answer": [0, 1] * 15}
    made = cases(columns, leave_out=("row_id",))
    assert list(made.frame.columns) == ["row_id", "x"]
    assert made.notes == ()
    assert cases(columns).notes == ("Not used, because they name the cases and say nothing of new ones: 'row_id'.",)


def test_customers_with_several_cases_are_counted() -> None:
    """Two cases of ann may lie on both sides of a split, bob has one, and of nobody's cases nothing is said."""
    columns = {
        "x": [1.0, 2.0, 3.0, 4.0, 5.0],
        "answer": [0, 1, 0, 1, 1],
        "customer_id": ["ann", "bob", "ann", None, None],
    }
    assert cases(columns).notes[0].startswith("1 customer has several cases, which may be on both sides of a split")
    assert cases({**columns, "customer_id": ["ann", "bob", "cid", None, None]}).notes == ()


def test_columns_that_cannot_be_predicted_are_known() -> None:
    """A column with one value, or none, is no target; it is told, so that nobody looks for it in vain."""
    source = labelled_in_memory({"a": [1, 2, 3], "y": [1, 1, None], "z": pd.Series([None] * 3, dtype="float64")})
    assert [item.name for item in targets_of(source)] == ["a"]
    assert untellable(source) == {"y": 1, "z": 0}
