"""The adjoints of matrix products that arrive as one operator; those of ``mm`` and its kin arrive as products.

Each of the two gradients of a product sums the same pairs as the product itself: the forward's MACs each.
"""

from __future__ import annotations

from collections.abc import Sequence

from pytest_flopbudget.counting.formulas.elements import real_products, sums
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula("aten::linear_backward", "aten::mkldnn_linear_backward")
def linear_backward(
    self: TensorSpec, grad_output: TensorSpec, weight: TensorSpec, output_mask: Sequence[bool], **_: object
) -> Cost:
    """Gradients of input, weight and bias of [*, p] = linear([*, m], [p, m]) + [p], as ``output_mask`` asks

    MACs: grad_output elements × m for the input, and as many for the weight. The bias is added up from [*, p].
    """
    of_input, of_weight, of_bias = output_mask
    pairs = grad_output.numel * self.shape[-1]
    products = Cost(real_products(weight) * pairs * (of_input + of_weight))
    return products + (sums(grad_output, grad_output.shape[-1]) if of_bias else Cost())


@formula("aten::mkldnn_linear_backward_input")
def mkldnn_linear_backward_input(grad_output: TensorSpec, weight: TensorSpec, **_: object) -> Cost:
    """[*, m] = [*, p] @ [p, m]: grad_output elements × m MACs."""
    return Cost(real_products(weight) * grad_output.numel * weight.shape[-1])


@formula("aten::mkldnn_linear_backward_weights")
def mkldnn_linear_backward_weights(
    grad_output: TensorSpec, weight: TensorSpec, bias_defined: bool, **_: object
) -> Cost:
    """[p, m] = [*, p]' @ [*, m]: grad_output elements × m MACs, and the sum for the bias [p]."""
    products = Cost(real_products(weight) * grad_output.numel * weight.shape[-1])
    return products + (sums(grad_output, grad_output.shape[-1]) if bias_defined else Cost())


@formula("aten::matmul_backward")
def matmul_backward(grad: TensorSpec, self: TensorSpec, mask: Sequence[bool], **_: object) -> Cost:
    """Gradients of both factors of [*b, n, p] = [*b, n, m] @ [*b, m, p], as ``mask`` asks

    MACs: grad elements × m each.
    """
    return Cost(real_products(grad) * grad.numel * self.shape[-1] * sum(mask))


@formula("aten::cudnn_affine_grid_generator_backward")
def affine_grid_generator_backward(grad: TensorSpec, **_: object) -> Cost:
    """[n, d, d + 1] = grad [n, *size, d]' @ [n, *size, d + 1]: grad elements × (d + 1) MACs."""
    return Cost(real_products(grad) * grad.numel * (grad.shape[-1] + 1))
