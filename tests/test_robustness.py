"""Disguises that a person reads through change the tier of hardly any sample."""

import json
import random
from pathlib import Path

from training.perturbation import DISGUISES

SAMPLES = Path(__file__).parent.parent / "data_samples" / "samples.jsonl"


def test_disguised_samples_keep_their_tier(analyzer):
    rows = [json.loads(line) for line in SAMPLES.read_text(encoding="utf-8").splitlines()][::4]
    kinds = [row["kind"] for row in rows]
    plain = analyzer.assess_batch([row["text"] for row in rows], kinds=kinds)
    same = []
    for name, disguise in DISGUISES.items():
        rng = random.Random(name)
        disguised = analyzer.assess_batch([disguise(row["text"], rng) for row in rows], kinds=kinds)
        same += [(name, before.id, before.tier == after.tier) for before, after in zip(plain, disguised, strict=True)]

    assert sum(kept for *_, kept in same) / len(same) >= 0.97, [each for each in same if not each[2]]
