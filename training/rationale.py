"""Learning where the evidence lies: the writers' quotes teach the model which words a decision should rest on.

With this head a logit is a mean over the pieces of the text, so each piece has a score of its own. Left alone, a piece
scores for what its neighbours say as well, and a quote made of the highest ones can be beside the point. The loss asks
that the pieces of the quotes stand out (Zaidan and others, 2007, taught a classifier by annotators' rationales first).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from tip_nlp.classifier import PREFIX
from tip_nlp.taxonomy import load_taxonomy
from training.examples import Quote, label_names


def quoted_pieces(quotes: Sequence[Sequence[Quote]], offsets: torch.Tensor) -> torch.Tensor:
    """Which pieces lie in a quote: (texts, pieces, labels), for the indicator and for its family.

    ``offsets`` (texts, pieces, 2) are the pieces' places in the text as the model reads it, PREFIX included.
    """
    columns = {label: column for column, label in enumerate(label_names())}
    taxonomy = load_taxonomy()
    found = torch.zeros((*offsets.shape[:2], len(columns)), dtype=torch.bool)
    starts, ends = (offsets - len(PREFIX)).unbind(2)
    for row, own in enumerate(quotes):
        for name, left, right in own:
            # A piece takes in the space before it, the first one that of PREFIX.
            inside = (starts[row] < right) & (ends[row] > left) & (ends[row] > starts[row]) & (ends[row] > 0)
            found[row, inside, columns[name]] = True
            found[row, inside, columns[taxonomy[name].family]] = True
    return found


def rationale_loss(contributions: torch.Tensor, mask: torch.Tensor, quoted: torch.Tensor) -> torch.Tensor:
    """Cross entropy between the pieces' scores and an even share for each piece of the quotes.

    ``contributions`` (texts, pieces, labels) sum to a logit; times the number of pieces they are each piece's score.
    Labels without a quote do not count; 0 where no label has one.
    """
    taught = quoted.any(1)
    if not taught.any():
        return contributions.new_zeros(())
    scores = contributions * mask.sum(1)[:, None, None]
    scores = scores.masked_fill(~mask.bool().unsqueeze(2), float("-inf"))
    gains = torch.log_softmax(scores, dim=1)
    shares = (gains.masked_fill(~quoted, 0).sum(1)) / quoted.sum(1).clamp(min=1)
    return -shares[taught].mean()
