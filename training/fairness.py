"""Whether a score leans on whom a text speaks of: subgroup, BPSN and BNSP AUROC (Borkan and others, 2019).

A group is the texts that mention it (identities.toml), or are of a language; the background is all others.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tip_nlp.tokens import fold, tokenize
from training.metrics import Bools, Floats, auroc, bootstrap

_FEWEST = 10  # risky and safe texts of a group; with fewer its figures say nothing


def groups_of(texts: Sequence[str], languages: Sequence[str]) -> dict[str, Bools]:
    """Which texts mention each group or are of each language."""
    words = [frozenset(tokenize(text).keys) for text in texts]
    found = {
        f"{dimension}: {name}": np.array(
            [
                not (named.get(code, frozenset()) | named.get("all", frozenset())).isdisjoint(own)
                for code, own in zip(languages, words, strict=True)
            ]
        )
        for dimension, groups in identities().items()
        for name, named in groups.items()
    }
    return found | {
        f"language: {code}": np.array([own == code for own in languages]) for code in sorted(set(languages))
    }


def fairness(
    truth: Bools, scores: Floats, members: dict[str, Bools], twins: Sequence[str]
) -> dict[str, dict[str, object]]:
    """By group: its texts, and the AUROC of

    ``subgroup``: its risky against its safe texts;
    ``bpsn``: the background's risky against its safe texts (low: its safe texts score too high);
    ``bnsp``: its risky against the background's safe texts (low: its risky texts score too low).
    """
    found: dict[str, dict[str, object]] = {}
    names = np.asarray(twins)
    for name, inside in members.items():
        if min((inside & truth).sum(), (inside & ~truth).sum()) < _FEWEST:
            continue
        row: dict[str, object] = {"items": int(inside.sum())}
        for measure, chosen in (
            ("subgroup", inside),
            ("bpsn", (inside & ~truth) | (~inside & truth)),
            ("bnsp", (inside & truth) | (~inside & ~truth)),
        ):
            figure = bootstrap(auroc, truth[chosen], scores[chosen], names[chosen].tolist())
            row[measure] = figure.to_dict() if figure else None
        found[name] = row
    return found


def identities() -> dict[str, dict[str, dict[str, frozenset[str]]]]:
    """By dimension, group and language ("all": any) the folded words that mention the group."""
    source = Path(__file__).with_name("identities.toml").read_text(encoding="utf-8")
    return {
        dimension: {
            name: {code: frozenset(map(fold, words)) for code, words in named.items()} for name, named in groups.items()
        }
        for dimension, groups in tomllib.loads(source).items()
    }
