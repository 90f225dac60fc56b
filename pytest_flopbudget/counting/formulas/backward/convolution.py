"""The adjoints of convolutions: each gradient that is asked for costs what the forward costs.

In a convolution every pair of an output element and a kernel element of its group is one MAC. The gradient of the
input sums the same products over the output elements, that of the weight over the positions: the same pairs, the
same MACs, grouped and transposed ones included. Gradients of gradients arrive as convolutions themselves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pytest_flopbudget.counting.formulas.elements import real_products, sums
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula("aten::convolution_backward", "aten::convolution_backward_overrideable")
def convolution_backward(
    grad_output: TensorSpec,
    input: TensorSpec,
    weight: TensorSpec,
    *,
    transposed: bool,
    output_mask: Sequence[bool],
    **_: object,
) -> Cost:
    """Gradients of input, weight and bias of [n, c_out, *out] = convolution([n, c_in, *in], weight)

    MACs: the forward's for the input and the forward's for the weight, as ``output_mask`` asks for them. That of
    the bias adds each channel up.
    """
    of_input, of_weight, of_bias = output_mask
    pairs = (input if transposed else grad_output).numel * math.prod(weight.shape[1:])
    products = Cost(real_products(weight) * pairs * (of_input + of_weight))
    return products + (sums(grad_output, grad_output.shape[1]) if of_bias else Cost())
