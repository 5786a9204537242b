"""`choose-k`: every measure for every number of groups, as the analytics have it, and refusals that say what is allowed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

import analytics
from analytics.__main__ import main
from analytics.request import AnalysisRequest
from analytics.sources import Source
from tests.conftest import Publish, varied_shop

FIGURES = {
    "k",
    "silhouette",
    "davies_bouldin",
    "calinski_harabasz",
    "inertia",
    "gap",
    "jaccard_min",
    "smallest_share",
    "degenerate",
    "reason",
}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def told(*arguments: str) -> Any:
    """The JSON that a command answers with."""
    result = run(*arguments, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    return json.loads(result.stdout)


@pytest.fixture
def shop(publish: Publish) -> Source:
    return publish(varied_shop())


def test_choose_k(shop: Source) -> None:
    """The figures are those of `panel` for the numbers, metrics, scaling and seed asked for, with one proposed."""
    answer = told(
        "choose-k", "shop", "--k", "2:4", "--metrics", "order_count,tenure_days", "--scaling", "robust", "--seed", "3"
    )
    request = AnalysisRequest(
        "shop", algorithm="kmeans", metrics=("order_count", "tenure_days"), scaling="robust", seed=3
    )
    found = analytics.panel(request, shop, values=(2, 3, 4))
    assert answer["ks"] == json.loads(json.dumps([one.to_json() for one in found.qualities]))
    assert (answer["proposed"], answer["near_ties"]) == (found.proposed, list(found.near_ties))
    assert answer["algorithm"] == "kmeans"
    assert [one["k"] for one in answer["ks"]] == [2, 3, 4]
    for one in answer["ks"]:
        assert one.keys() >= FIGURES
        assert isinstance(one["degenerate"], bool)
    assert answer["proposed"] in answer["near_ties"]


def test_what_is_usually_tried_is_kept(shop: Source) -> None:
    """Left out, the numbers are two to ten, and what `segment` proposes is the same."""
    answer = told("choose-k", "shop")
    assert [one["k"] for one in answer["ks"]] == list(range(2, 11))
    assert answer == told("choose-k", "shop", "--k", "2:10")
    assert told("segment", "shop")["k"] == answer["proposed"]


def test_the_text_marks_the_proposal_and_says_the_rule(shop: Source) -> None:
    """For people there is a line for each number, a star at the proposed one, and the rule."""
    answer = told("choose-k", "shop", "--k", "2:5")
    lines = run("choose-k", "shop", "--k", "2:5").stdout.splitlines()
    starred = [line.split()[1] for line in lines[1:5] if line.split()[0] == "*"]
    assert starred == [str(answer["proposed"])]
    assert lines[5].startswith("* proposed, ~ nearly as good. Each measure ranks the numbers of groups")


def test_an_algorithm_without_k_tries_what_decides_it(shop: Source) -> None:
    """HDBSCAN tries smallest sizes; how many groups each gives is told, and the proposal is one of the sizes."""
    answer = told("choose-k", "shop", "--algorithm", "hdbscan")
    assert answer["varied"] == "min_cluster_size"
    assert answer["proposed"] in [one["value"] for one in answer["ks"]]
    assert all(one["gap"] is None and one["jaccard_min"] is None for one in answer["ks"])


def test_parameters_reach_the_algorithm(shop: Source) -> None:
    """What is given as a parameter changes the groups."""
    plain = told("choose-k", "shop", "--algorithm", "mixture", "--k", "3")
    round_ones = told("choose-k", "shop", "--algorithm", "mixture", "--k", "3", "--param", "covariance=spherical")
    assert plain["ks"][0]["inertia"] != round_ones["ks"][0]["inertia"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--k", "10:2"), "'10:2' is not possible for --k. Write FEWEST:MOST, from 2 to 20, for example 2:10."),
        (("--k", "1:3"), "'1:3' is not possible for --k."),
        (("--k", "2:21"), "'2:21' is not possible for --k."),
        (("--k", "few"), "'few' is not possible for --k."),
        (("--k", "3:4:5"), "'3:4:5' is not possible for --k."),
        (("--algorithm", "rfm"), "RFM segments follow from rules: there is no number to choose."),
        (("--algorithm", "magic"), "'magic' is not possible for algorithm."),
        (("--algorithm", "hdbscan", "--k", "2:4"), "HDBSCAN finds the number of groups itself: leave --k out"),
        (("--param", "k=3"), "Give the number of groups as --k, not as a parameter."),
    ],
)
def test_what_cannot_be_is_refused(shop: Source, arguments: tuple[str, ...], sentence: str) -> None:
    """A range, an algorithm or a parameter that cannot be is named, with what is allowed, and nothing is computed."""
    result = run("choose-k", "shop", *arguments)
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert result.stdout == ""
