from collections import Counter

from training.campaign_ads import plant
from training.campaign_bench import measure


def test_planted_ads_are_the_same_for_the_same_seed():
    assert list(plant(200, 3)) == list(plant(200, 3)) != list(plant(200, 4))


def test_entities_of_planted_ads_lie_where_they_say():
    for ad in plant(300, 3):
        assert all(ad.text[entity["start"] : entity["end"]] == entity["quote"] for entity in ad.entities)
        assert "{" not in ad.text
        assert "|" not in ad.text


def test_only_campaigns_share_a_group():
    ads = list(plant(2_000, 3))
    sizes = Counter(ad.group for ad in ads)

    assert all(sizes[ad.group] == 1 for ad in ads if ad.planted in ("single", "look-alike"))
    assert max(sizes.values()) > 10


def test_measures_of_a_perfect_and_of_a_wrong_result():
    planted = [1, 1, 2, 2, 3]

    perfect = measure(planted, ["a", "a", "b", "b", None])
    merged = measure(planted, ["a", "a", "a", "a", None])
    nothing = measure(planted, [None] * 5)

    assert (perfect.pair_precision, perfect.pair_recall, perfect.cluster_precision, perfect.cluster_recall) == (
        1,
        1,
        1,
        1,
    )
    assert (merged.pair_precision, merged.pair_recall, merged.cluster_precision) == (2 / 6, 1, 0)
    assert (nothing.pair_precision, nothing.pair_recall, nothing.cluster_recall, nothing.found) == (1, 0, 0, 0)
