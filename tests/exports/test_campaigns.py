import json

import pytest

from tests.exports.conftest import TEXT, line, risky, write
from tests.report.made import line as made
from tip_nlp.exports import export


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


@pytest.mark.parametrize(("least", "names"), [(None, ["h"]), ("none", ["h", "n"])])
def test_campaigns_below_the_lowest_tier_are_left_out(tmp_path, least, names):
    rows = [made("a", campaign="n", tier="none"), made("b", campaign="h"), made("c", campaign="h", tier="none")]

    found = campaigns(write(tmp_path / "few.jsonl", rows), tmp_path, least=least)

    assert [each["id"] for each in found] == names
    assert found[0]["size"] == 2
