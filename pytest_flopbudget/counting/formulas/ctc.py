"""Connectionist temporal classification: the forward–backward recursions over a target with blanks between.

A target of s labels has 2 * s + 1 states. At each step of its input a state takes the probabilities of up to three
earlier ones, as logarithms, together: log(exp(a - m) + exp(b - m) + exp(c - m)) + m with m the largest, plus the
label's own. Source: Graves et al., Connectionist Temporal Classification (2006), section 4.
"""

from __future__ import annotations

from collections.abc import Sequence

from pytest_flopbudget.counting.formulas.elements import per_element
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec

# Two comparisons, three subtractions, three exponentials, two additions, log, add m, add the label's.
_STATE = 2 + 3 + 3 + 2 + 1 + 1 + 1
# log(exp(a) + exp(b)) of the last two states: 4; negate.
_SAMPLE = 4 + 1
# Forward and backward added up: 1, and to what the label has so far: log(exp(a) + exp(b)), 4.
_MEETING = 1 + 4
# (exp(x) - exp(so_far + loss - x)) * g: exp; add, subtract, exp; subtract, multiply.
_CLASS = 1 + 3 + 2

Lengths = TensorSpec | Sequence[int]


@formula("aten::_ctc_loss", "aten::_cudnn_ctc_loss", "aten::miopen_ctc_loss")
def ctc_loss(
    log_probs: TensorSpec, targets: TensorSpec, input_lengths: Lengths, target_lengths: Lengths, **_: object
) -> Cost:
    """[n] = ctc_loss([t, n, classes], targets [n, s] or joined)

    13 FLOPs a step and state, 5 a sample; a library's kernel computes the gradient with it, which is not counted
    there. Lengths that are tensors are not known from shapes: all are the longest.
    """
    steps = _states(log_probs, targets, input_lengths, target_lengths)
    return Cost(other_flops=_STATE * steps + _SAMPLE * _samples(log_probs))


@formula("aten::_ctc_loss_backward")
def ctc_loss_backward(
    log_probs: TensorSpec, targets: TensorSpec, input_lengths: Lengths, target_lengths: Lengths, **_: object
) -> Cost:
    """[t, n, classes] = the gradient: the recursion backwards 13, meeting the forward 5 a step and state; 6 a class"""
    steps = _states(log_probs, targets, input_lengths, target_lengths)
    return Cost(other_flops=(_STATE + _MEETING) * steps) + per_element(_CLASS, log_probs)


def _samples(log_probs: TensorSpec) -> int:
    """One where the batch dimension is missing."""
    return log_probs.shape[1] if len(log_probs.shape) == 3 else 1


def _states(log_probs: TensorSpec, targets: TensorSpec, input_lengths: Lengths, target_lengths: Lengths) -> int:
    """The states of all steps of all samples."""
    samples = _samples(log_probs)
    if isinstance(input_lengths, TensorSpec) or isinstance(target_lengths, TensorSpec):
        joined = len(targets.shape) == 1
        labels = targets.numel if joined else samples * targets.shape[-1]
        return log_probs.shape[0] * (2 * labels + samples)
    return sum(steps * (2 * labels + 1) for steps, labels in zip(input_lengths, target_lengths, strict=True))
