"""Kept segmentations: they place the customers of any version, without fitting, and are a column like any other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.audiences import audience, audience_format, describe, write_audience
from analytics.beside import pin_files
from analytics.clusters import algorithm
from analytics.datasets import open_version
from analytics.errors import NotFoundError, RequestError
from analytics.request import AnalysisRequest
from analytics.rules import AllOf, Condition, Did, Not, joined, parted
from analytics.segmentation import (
    Pin,
    compare,
    drift_of,
    drop,
    keep,
    keep_rule,
    pin_named,
    pins,
    problem_of,
    scored,
    segment,
)
from analytics.segmentation.pin_names import column_named
from analytics.segmentation.pins import MOST_PINS, place
from analytics.sources import Source
from tests.conftest import Order, Publish, varied_shop

RFM = AnalysisRequest("shop")
FOUR = AnalysisRequest("shop", algorithm="kmeans", k=4)


def kept(source: Source, name: str = "Spring", request: AnalysisRequest = FOUR) -> Pin:
    return keep(segment(request, source), request, name)


def later_shop() -> list[Order]:
    """The shop some weeks later: everyone from before, the first ten with another order, and new customers."""
    more = [Order(f"c{number:03d}", "2022-01-05", "80") for number in range(10)]
    return [*varied_shop(), *more, Order("new1", "2022-01-02", "900"), Order("new2", "2022-01-03", "3")]


def test_a_kept_segmentation_is_a_column(publish: Publish) -> None:
    """On the customers that it was made on the column says exactly what the groups said, best first, under its name."""
    source = publish(varied_shop())
    found = segment(FOUR, source)
    pin = kept(source, "  Spring  groups ")
    table = segment(RFM, source).table
    assert pin.name == "Spring groups"
    assert table.frame.columns[-1] == pin.column == "pinned_spring_groups"
    assert table.attributes[-1] == pin.column
    assert table.labels == {pin.column: "Spring groups"}
    assert table.frame[pin.column].cat.codes.tolist() == found.codes.tolist()
    assert table.frame[pin.column].cat.categories.tolist() == [group.name for group in found.segments]
    assert table.frame[pin.column].cat.ordered


def test_the_customers_of_the_next_version_are_placed_without_fitting(publish: Publish) -> None:
    """On a second import everyone is where the kept centres say: the nearest one, in the space of the first import."""
    first = publish(varied_shop())
    pin = kept(first)
    found = segment(FOUR, first)
    second = publish(later_shop())
    assert second.version != first.version
    table = segment(RFM, second).table
    assert found.clustering is not None
    space, centers = found.clustering.space, found.clustering.model["centers"]
    distances = ((space.matrix(table.frame)[:, None, :] - centers[None]) ** 2).sum(axis=2)
    expected = found.clustering.rank[distances.argmin(axis=1)]
    assert table.frame[pin.column].cat.codes.tolist() == expected.tolist()
    assert len(table) == len(found.table) + 2


def test_the_same_customers_in_a_new_version_stay_where_they_were(publish: Publish) -> None:
    """An import that changes nothing moves nobody, and has no drift."""
    first = publish(varied_shop())
    pin = kept(first)
    before = segment(FOUR, first).codes
    table = segment(RFM, publish(list(reversed(varied_shop())))).table
    assert table.frame[pin.column].cat.codes.tolist() == before.tolist()
    moved = drift_of(pin, table)
    assert moved is not None
    assert moved.most == pytest.approx(0, abs=1e-12)
    assert moved.verdict == "stable"


def test_placing_does_not_look_at_the_others(publish: Publish) -> None:
    """A customer's segment is the same in any order and any company: placed one by one they are where they are together."""
    source = publish(varied_shop())
    pin = kept(source)
    table = scored(RFM, publish(later_shop()))
    assert pin.placer is not None
    together = pin.placer.place(table.frame)
    mixed = np.random.default_rng(3).permutation(len(table))
    assert pin.placer.place(table.frame.iloc[mixed]).tolist() == together[mixed].tolist()
    alone = [int(pin.placer.place(table.frame.iloc[[row]])[0]) for row in range(len(table))]
    assert alone == together.tolist()
    assert place(pin, table).tolist() == together.tolist() == place(pin, table).tolist()


def test_an_earlier_day_is_placed_as_well(publish: Publish) -> None:
    """The customers as of an earlier day have the column, placed by what they were then."""
    source = publish(varied_shop())
    pin = kept(source)
    earlier = segment(replace(RFM, as_of=date(2021, 7, 1)), source).table
    assert pin.placer is not None
    assert earlier.frame[pin.column].cat.codes.tolist() == pin.placer.place(earlier.frame).tolist()


def test_nothing_is_fitted_for_placing(publish: Publish, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new version is placed although the algorithm cannot fit any more."""
    pin = kept(publish(varied_shop()))
    second = publish(later_shop())

    def broken(*_: object) -> object:
        raise AssertionError

    monkeypatch.setattr(type(algorithm("kmeans")), "fit", broken, raising=False)
    assert pin.column in segment(RFM, second).table.frame.columns


def test_a_rule_is_kept_as_a_segment(publish: Publish) -> None:
    """Those whom the rule means are in the segment of its name, everyone else in the other; on a new version as well."""
    source = publish(varied_shop())
    rule = Condition("country", "equal to", "France")
    pin = keep_rule(rule, scored(RFM, source), "The French")
    for table in (segment(RFM, source).table, segment(RFM, publish(later_shop())).table):
        values = table.frame[pin.column].astype(str)
        assert values.eq("The French").tolist() == table.frame["country"].eq("France").tolist()
        assert set(values) == {"The French", "Everyone else"}


def test_a_rule_may_ask_for_what_is_kept(publish: Publish) -> None:
    """A kept rule over a kept segmentation follows it, whichever comes first by name; dropped, both are gone."""
    source = publish(varied_shop())
    pin = kept(source, "Zebra")
    best = pin.segments[0].name
    above = keep_rule(Condition(pin.column, "equal to", best), scored(RFM, source), "Aardvark")
    table = segment(RFM, source).table
    assert table.frame[above.column].eq("Aardvark").tolist() == table.frame[pin.column].eq(best).tolist()
    assert source.stored is not None
    drop(source.stored, "Zebra")
    after = scored(RFM, source)
    assert not {pin.column, above.column} & set(after.frame.columns)
    assert "they have no pinned_zebra" in str(problem_of(above, after))


def test_filters_and_exports_have_the_column(publish: Publish, tmp_path: Path) -> None:
    """A rule over the column chooses its customers, its sentence has the name, and the written list has the column."""
    source = publish(varied_shop())
    pin = kept(source, "Spring")
    best = pin.segments[0]
    request = replace(RFM, where=Condition(pin.column, "equal to", best.name))
    table = segment(request, source).table
    assert len(audience(request, table)) == best.customers
    assert describe(request) == f"Spring is {best.name}"
    file = tmp_path / "list.csv"
    about = write_audience(request, table, file, audience_format("csv"), exported_at="now")
    assert pin.column in about.columns
    assert pin.column in file.read_text().splitlines()[0]
    assert about.customers == best.customers


def test_what_is_dropped_is_gone_and_a_rule_that_asks_for_it_says_so(publish: Publish) -> None:
    """After dropping, the column is gone, and a filter on it is answered with what to do."""
    source = publish(varied_shop())
    pin = kept(source)
    assert source.stored is not None
    drop(source.stored, "spring")
    assert pins(source.stored) == ()
    table = segment(RFM, source).table
    assert pin.column not in table.frame.columns
    with pytest.raises(RequestError, match="The kept segmentation 'spring' is not there"):
        audience(replace(RFM, where=Condition(pin.column, "equal to", "x")), table)
    with pytest.raises(NotFoundError, match="'spring' is not kept"):
        drop(source.stored, "spring")


def test_what_is_kept_does_not_change(publish: Publish) -> None:
    """The same name twice is refused and the first stays; replacing has to be said."""
    source = publish(varied_shop())
    first = kept(source)
    with pytest.raises(RequestError, match="'Spring' is kept already"):
        kept(source, "SPRING!")
    assert source.stored is not None
    now = pin_named(source.stored, "Spring")
    assert now is not None
    assert now.digest == first.digest
    other = replace(FOUR, k=2)
    replaced = keep(segment(other, source), other, "Spring", replacing=True)
    assert len(pins(source.stored)) == 1
    assert len(replaced.segments) == 2
    assert segment(RFM, source).table.frame[replaced.column].cat.categories.size == 2


def test_a_version_without_a_column_leaves_the_pin_out(publish: Publish) -> None:
    """Groups by an attribute that the next version does not have: a sentence, and everything else is as it was."""
    ids = sorted({order.customer_id for order in varied_shop()})
    ages = pa.table({"customer_id": ids, "age": [20 + place % 50 for place in range(len(ids))]})
    source = publish(varied_shop(), customers=ages)
    asked = replace(FOUR, attributes=("age",))
    pin, other = kept(source, "Ages", asked), kept(source, "Plain")
    assert {pin.column, other.column} <= set(segment(RFM, source).table.frame.columns)
    table = segment(RFM, publish(varied_shop())).table
    assert pin.column not in table.frame.columns
    assert other.column in table.frame.columns
    assert problem_of(pin, table) == (
        "'Ages' cannot be placed on these customers: they have no age. Import it again, or drop 'Ages'."
    )
    assert drift_of(pin, table) is None
    with pytest.raises(RequestError, match="they have no age"):
        compare(RFM, open_source_of(table), ["rfm", "Ages"])


def open_source_of(table: object) -> Source:
    source = getattr(table, "source", None)
    assert isinstance(source, Source)
    return source


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "needs a name of 1 to 40 letters"),
        ("x" * 41, "needs a name of 1 to 40 letters"),
        ("rfm", "'rfm' means something else already"),
        ("KMeans", "'KMeans' means something else already"),
        ("Everyone else", "means something else already"),
        ("kmeans:k=3", "no colon"),
        ("a\0b", "cannot be a kept segmentation's name"),
        ("\ud800", "cannot be a kept segmentation's name"),
        ("Country", "'Country' is a column of the customers already"),
        ("recency", "'recency' is a column of the customers already"),
    ],
)
def test_names_that_cannot_be_are_refused(name: str, said: str, publish: Publish) -> None:
    """Empty, long, taken or unreadable names are refused in a sentence, and nothing is written."""
    source = publish(varied_shop())
    with pytest.raises(RequestError) as refused:
        kept(source, name)
    assert said in str(refused.value)
    assert source.stored is not None
    assert pin_files(source.stored) == ()


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "=HYPERLINK(1)", "<script>alert(1)</script>", "Été & Дети 子", "★"]
)
def test_strange_names_are_only_names(name: str, publish: Publish) -> None:
    """Whatever a name looks like, it is found again by it, its file is in its folder, and its column is a plain word."""
    source = publish(varied_shop())
    pin = kept(source, name)
    assert source.stored is not None
    found = pin_named(source.stored, name)
    assert found is not None
    assert (found.name, found.digest) == (name, pin.digest)
    assert [path.parent.name for path in pin_files(source.stored)] == ["pins"]
    assert pin.column.replace("_", "").isalnum()
    assert segment(RFM, source).table.labels == {pin.column: name}


def test_there_is_a_most(publish: Publish) -> None:
    """Twelve can be kept; the thirteenth is refused, and replacing one of the twelve is not."""
    source = publish(varied_shop())
    for number in range(MOST_PINS):
        kept(source, f"Number {number}")
    with pytest.raises(RequestError, match="12 segmentations are kept already"):
        kept(source, "One more")
    keep(segment(FOUR, source), FOUR, "Number 3", replacing=True)


def test_a_shops_own_column_of_that_name_is_another(publish: Publish) -> None:
    """An attribute that is called like a pin's column is kept under a name of its own, and neither takes the other's place."""
    ids = sorted({order.customer_id for order in varied_shop()})
    source = publish(varied_shop(), customers=pa.table({"customer_id": ids, "Pinned_Spring": ["x"] * len(ids)}))
    pin = kept(source)
    frame = segment(RFM, source).table.frame
    assert frame["own_pinned_spring"].eq("x").all()
    assert pin.column in frame.columns


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Condition("cluster", "equal to", "Big"), "Keep the groups on the Clusters tab first"),
        (Not(Condition("pinned_mine", "known")), "'Mine' cannot be chosen by itself"),
        (Condition("order_count", "above", 10_000), "The rule means nobody"),
        (Condition("order_count", "above", 0), "The rule means everyone"),
        (Condition("shoe_size", "above", 0), "Customers have no 'shoe_size'"),
        (Did.of("nonsense"), "nonsense"),
    ],
)
def test_rules_that_are_no_segment_are_refused(rule: object, said: str, publish: Publish) -> None:
    """A rule by groups that may change, by itself, of nobody, of everyone or of what there is not is not kept."""
    source = publish(varied_shop())
    with pytest.raises(RequestError) as refused:
        keep_rule(rule, scored(RFM, source), "Mine")
    assert said in str(refused.value)


def test_rfm_is_not_kept(publish: Publish) -> None:
    """RFM is always there; keeping it says so."""
    source = publish(varied_shop())
    with pytest.raises(RequestError, match="RFM segments are always there"):
        keep(segment(RFM, source), RFM, "Mine")


def test_a_damaged_file_is_as_good_as_none(publish: Publish) -> None:
    """A file that cannot be read takes nothing else with it."""
    source = publish(varied_shop())
    kept(source, "Spring")
    kept(source, "Autumn")
    assert source.stored is not None
    pin_files(source.stored)[0].write_bytes(b"PK nonsense")
    assert len(pins(source.stored)) == 1
    assert len(segment(RFM, source).table.labels) == 1


@pytest.mark.parametrize("kept_bytes", [0, 1, 100, 2_000])
def test_a_file_that_was_cut_off_is_as_good_as_none(publish: Publish, kept_bytes: int) -> None:
    """A pin of which a failing disk has left the beginning, or nothing, is not there; the customers are."""
    source = publish(varied_shop())
    kept(source)
    path = pin_files(open_version("shop"))[0]
    path.write_bytes(path.read_bytes()[:kept_bytes])
    assert pins(open_version("shop")) == ()
    assert column_named("Spring") not in scored(RFM, source).frame.columns


def test_a_kept_segmentation_is_compared_by_its_name(publish: Publish) -> None:
    """Side by side with the clustering that it was made of, it is the same; and is known by its name in any letters."""
    source = publish(varied_shop())
    kept(source, "Spring")
    found = compare(RFM, source, ["kmeans:k=4", "spring"])
    assert found.sides[1].label == "Spring"
    assert found.pairs[0].adjusted_rand == pytest.approx(1.0)
    assert found.sides[0].silhouette == found.sides[1].silhouette


def test_pins_are_of_their_dataset(publish: Publish) -> None:
    """Another dataset knows nothing of them, and erasing a dataset takes its pins along."""
    source, other = publish(varied_shop()), publish(varied_shop(), name="other")
    kept(source)
    assert open_version("other").path.parent != open_version("shop").path.parent
    assert other.stored is not None
    assert pins(other.stored) == ()


@given(st.text(max_size=60))
def test_columns_of_names_are_words(name: str) -> None:
    """Whatever the name, its column begins with `pinned_`, and the same name has the same one in any letters."""
    column = column_named(name)
    assert column.startswith("pinned_")
    assert len(column) > len("pinned_")
    assert column == column_named(f" {name}!") or not name.strip() or column.endswith(column_named(name)[7:])


def test_the_bars_choices_are_parted_from_the_rest_of_a_rule() -> None:
    """Choices of kept segments stand apart from what else is asked for, and joined they are the whole rule again."""
    pin, grid = Condition("pinned_x", "one of", ("a", "b")), Condition("order_count", "above", 3)
    assert parted(AllOf((pin, grid))) == (pin, grid)
    assert parted(None) == (None, None)
    assert parted(pin) == (pin, None)
    assert parted(Not(pin)) == (None, Not(pin))
    assert joined(pin, grid) == AllOf((pin, grid))
    assert joined(None, None) is None
    assert joined(AllOf((pin, grid)), Not(grid)) == AllOf((pin, grid, Not(grid)))
