import json
import tracemalloc

import pytest

from tests.exports.conftest import TEXT, line, risky, write
from tests.report.made import line as made
from tip_nlp.exports import export

ORDER = [("a", "watch", 2), ("b", "high", 1), ("c", "watch", 2), ("d", "watch", 3)]


def campaigns(results, tmp_path, **options):
    export(results, tmp_path / "campaigns.jsonl", "campaigns", **options)
    return [json.loads(each) for each in (tmp_path / "campaigns.jsonl").read_text(encoding="utf-8").splitlines()]


def test_every_campaign_is_described_from_all_of_its_rows(tmp_path):
    rows = [line(n, f"{TEXT} {n}", risky(), campaign="c1", date=f"2026-03-{n % 28 + 1:02}") for n in range(1_100)]
    rows += [line(n, TEXT, risky(), campaign=f"c{n}") for n in range(2, 32)]

    first, *others = campaigns(write(tmp_path / "many.jsonl", rows), tmp_path)

    assert (first["id"], first["size"], first["texts"]) == ("c1", 1_100, 1_100)
    assert (first["first_seen"], first["last_seen"]) == ("2026-03-01", "2026-03-28")
    assert any(part["text"] is None and part["examples"] for part in first["template"]["parts"])
    assert {"type": "email", "value": "ops@example.com", "rows": 1_100} in first["contacts"]
    assert len(others) == 30
    assert [each["id"] for each in others] == sorted(f"c{n}" for n in range(2, 32))


def test_campaigns_come_by_tier_then_size(tmp_path):
    rows = [made(f"{name}{n}", campaign=name, tier=tier) for name, tier, size in ORDER for n in range(size)]

    found = campaigns(write(tmp_path / "some.jsonl", rows[::-1]), tmp_path)

    assert [(each["id"], each["size"]) for each in found] == [("b", 1), ("d", 3), ("a", 2), ("c", 2)]


def test_rows_are_found_again_between_others_of_any_length(tmp_path):
    rows = [
        made(f"r{n}", "پاسپورٹ 🛂 kept " + "x" * n, campaign="ab"[n % 2], language="en" if n % 2 else "ur")
        for n in range(9)
    ]
    place = write(tmp_path / "mixed.jsonl", rows)
    place.write_bytes(b"\r\n\n" + place.read_bytes().replace(b"\n", b"\r\n"))

    found = campaigns(place, tmp_path)

    assert [(each["id"], each["texts"], each["languages"]) for each in found] == [
        ("a", 5, [["ur", 5]]),
        ("b", 4, [["en", 4]]),
    ]


def test_memory_does_not_grow_with_the_rows(tmp_path):
    def peak(copies):
        texts = [f"They keep my passport. {'word ' * 800} {n}" for n in range(20)]
        rows = [made(f"{n}", texts[n % 20], campaign=f"c{n % 20 % 7}") for n in range(20 * copies)]
        place = write(tmp_path / f"{copies}.jsonl", rows)
        del rows
        tracemalloc.start()
        campaigns(place, tmp_path)
        try:
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(1)  # what is loaded only once

    assert peak(40) < peak(4) + 500_000


def test_a_campaign_tells_its_history(tmp_path):
    row = made("a", campaign="c")
    row["record"] |= {"campaign_rows": 12, "campaign_texts": 5, "campaign_first_seen": "2026-11-01",
                      "campaign_last_seen": "2026-11-22", "campaign_merged_from": ["c-1"]}  # fmt: skip

    (found,) = campaigns(write(tmp_path / "one.jsonl", [row]), tmp_path)

    assert found["size"] == 1
    assert found["history"] == {
        "rows": 12, "texts": 5, "first_seen": "2026-11-01", "last_seen": "2026-11-22", "merged_from": ["c-1"],
    }  # fmt: skip


@pytest.mark.parametrize(("least", "names"), [(None, ["h"]), ("none", ["h", "n"])])
def test_campaigns_below_the_lowest_tier_are_left_out(tmp_path, least, names):
    rows = [made("a", campaign="n", tier="none"), made("b", campaign="h"), made("c", campaign="h", tier="none")]

    found = campaigns(write(tmp_path / "few.jsonl", rows), tmp_path, least=least)

    assert [each["id"] for each in found] == names
    assert found[0]["size"] == 2
