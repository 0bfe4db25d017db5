"""The quotes teach which words a decision rests on."""

from __future__ import annotations

import torch

from tip_nlp.classifier import PREFIX
from training.examples import label_names
from training.rationale import quoted_pieces, rationale_loss

LABELS = label_names()
KEPT = LABELS.index("document_retention")


def _offsets(text: str) -> torch.Tensor:
    """The words of a text as pieces, between two special pieces."""
    read, places, start = PREFIX + text, [(0, 0)], 0
    for word in read.split():
        end = read.index(word, start) + len(word)
        places.append((start, end))  # with the space before it, as the tokenizer has it
        start = end
    return torch.tensor([[*places, (0, 0)]])


def test_the_pieces_of_a_quote_are_marked_for_the_indicator_and_its_family() -> None:
    text = "he took my passport away"
    found = quoted_pieces([[("document_retention", 8, 19)]], _offsets(text))
    assert found[0, :, KEPT].nonzero().flatten().tolist() == [4, 5]  # special, prefix, he, took, [my, passport], away
    assert torch.equal(found[0, :, KEPT], found[0, :, LABELS.index("trafficking")])
    assert found.sum() == 4


def test_a_quote_at_the_start_does_not_mark_the_prefix() -> None:
    found = quoted_pieces([[("document_retention", 0, 2)]], _offsets("he took it"))
    assert found[0, :, KEPT].nonzero().flatten().tolist() == [2]


def test_the_loss_falls_when_the_quoted_pieces_stand_out() -> None:
    mask = torch.tensor([[1, 1, 1, 1, 0]])
    quoted = torch.zeros((1, 5, len(LABELS)), dtype=torch.bool)
    quoted[0, 1:3, KEPT] = True
    even = torch.zeros((1, 5, len(LABELS)))
    right, wrong = even.clone(), even.clone()
    right[0, 1:3, KEPT], wrong[0, 3, KEPT] = 1.0, 1.0
    losses = [rationale_loss(each, mask, quoted).item() for each in (right, even, wrong)]
    assert losses == sorted(losses)
    assert losses[0] < losses[2]
    assert losses[1] == torch.tensor(4.0).log().item()  # an even share of four pieces; the padding takes none


def test_without_quotes_there_is_no_loss() -> None:
    contributions = torch.randn((2, 5, len(LABELS)))
    quoted = torch.zeros((2, 5, len(LABELS)), dtype=torch.bool)
    assert rationale_loss(contributions, torch.ones((2, 5)), quoted).item() == 0


def test_padding_and_labels_without_quotes_leave_the_gradient_finite() -> None:
    contributions = torch.randn((1, 4, len(LABELS)), requires_grad=True)
    quoted = torch.zeros((1, 4, len(LABELS)), dtype=torch.bool)
    quoted[0, 1, KEPT] = True
    rationale_loss(contributions, torch.tensor([[1, 1, 1, 0]]), quoted).backward()  # type: ignore[no-untyped-call]
    assert contributions.grad is not None
    assert torch.isfinite(contributions.grad).all()
    assert contributions.grad[0, :, LABELS.index("debt_bondage")].abs().sum() == 0
