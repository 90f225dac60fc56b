"""The formulas on the calls that torch really makes, whole and in pieces."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from pytest_flopbudget.counting.operators import Cost

Count = Callable[[Callable[[], object]], tuple[Cost, list[str]]]


def x(*shape: int) -> Tensor:
    return torch.ones(shape)


def ids(*shape: int) -> Tensor:
    return torch.zeros(shape, dtype=torch.int64)


MODULES: list[tuple[Callable[[], nn.Module], tuple[Tensor, ...], int]] = [
    (lambda: nn.Conv2d(3, 64, 3, padding=1), (x(1, 3, 64, 64),), 7_077_888),
    (lambda: nn.Conv2d(3, 64, 3, padding=1), (x(1, 3, 128, 128),), 28_311_552),
    (lambda: nn.Conv2d(3, 64, 3, padding="same", dilation=2), (x(1, 3, 64, 64),), 7_077_888),
    (lambda: nn.Conv2d(3, 64, 2, padding="same"), (x(1, 3, 64, 64),), 64 * 64 * 64 * 3 * 2 * 2),
    (lambda: nn.Conv2d(3, 64, 3, padding="valid"), (x(1, 3, 66, 66),), 7_077_888),
    (lambda: nn.Conv2d(3, 64, 3, padding=1), (x(3, 64, 64),), 7_077_888),
    (
        lambda: nn.Sequential(nn.Conv2d(3, 3, 3, groups=3, padding=1), nn.Conv2d(3, 64, 1)),
        (x(1, 3, 64, 64),),
        897_024,
    ),
    (
        lambda: nn.Sequential(nn.Conv2d(3, 3, 3, groups=3, padding=1), nn.Conv2d(3, 64, 1)),
        (x(1, 3, 128, 128),),
        3_588_096,
    ),
    (lambda: nn.ConvTranspose2d(8, 16, 3, stride=2, groups=4), (x(1, 8, 10, 10),), 28_800),
    (lambda: nn.ConvTranspose2d(8, 16, 3, stride=2, groups=4), (x(8, 10, 10),), 28_800),
    (lambda: nn.ConvTranspose1d(3, 4, 2, stride=2), (x(2, 3, 5),), 2 * 5 * 3 * 4 * 2),
    (lambda: nn.ConvTranspose3d(2, 4, 2), (x(1, 2, 3, 3, 3),), 27 * 2 * 4 * 8),
    (lambda: nn.Conv1d(4, 6, 3, groups=2), (x(2, 4, 10),), 2 * 8 * 6 * 2 * 3),
    (lambda: nn.Conv3d(2, 4, 2), (x(1, 2, 3, 3, 3),), 8 * 4 * 2 * 8),
    (lambda: nn.Linear(3, 5), (x(2, 7, 3),), 2 * 7 * 3 * 5),
    (lambda: nn.Linear(3, 5), (x(3),), 3 * 5),
    (lambda: nn.Bilinear(20, 30, 40), (x(128, 20), x(128, 30)), 3_072_000),
]


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.parametrize(("build", "inputs", "macs"), MODULES)
def test_modules(
    whole: Count, in_pieces: Count, build: Callable[[], nn.Module], inputs: tuple[Tensor, ...], macs: int
) -> None:
    module = build()
    for count in (whole, in_pieces):
        cost, uncounted = count(lambda: module(*inputs))
        assert (cost.macs, uncounted) == (macs, [])


PRODUCTS: list[tuple[Callable[[], object], int]] = [
    (lambda: torch.mv(x(32, 64), x(64)), 2_048),
    (lambda: functional.conv2d(x(1, 3, 64, 64), x(64, 3, 3, 3), padding=1), 7_077_888),
    (lambda: torch.matmul(x(3), x(5, 3, 4)), 5 * 3 * 4),
    (lambda: torch.matmul(x(5, 1, 2, 3), x(6, 3, 4)), 5 * 6 * 2 * 3 * 4),
    (lambda: torch.matmul(x(5, 2, 3), x(3)), 5 * 2 * 3),
    (lambda: x(3) @ x(3), 3),
    (lambda: torch.linalg.multi_dot([x(2, 3), x(3, 4), x(4, 5)]), 2 * 3 * 4 + 2 * 4 * 5),
    (lambda: torch.linalg.multi_dot([x(3), x(3, 4), x(4)]), 3 * 4 + 3),
    (lambda: torch.linalg.matrix_power(x(3, 3), 5), 3 * 27),
    (lambda: torch.inner(x(2, 3), x(5, 3)), 2 * 5 * 3),
    (lambda: torch.tensordot(x(2, 3, 4), x(3, 4, 5), 2), 2 * 3 * 4 * 5),
    (lambda: torch.addbmm(x(2, 4), x(5, 2, 3), x(5, 3, 4)), 5 * 2 * 3 * 4),
    (lambda: torch.outer(x(2), x(3)), 0),
    (lambda: torch.kron(x(2, 3), x(4, 5)), 0),
    (lambda: functional.affine_grid(x(2, 2, 3), [2, 1, 4, 5], align_corners=False), 2 * 4 * 5 * 2 * 3),
    # from left to right: (10, 10, 2) and then (10, 2, 10), not the cheaper 10 * 2 * 10 first
    (lambda: torch.einsum("ij,jk,kl->il", x(10, 10), x(10, 2), x(2, 10)), 10 * 10 * 2 + 10 * 2 * 10),
    (lambda: torch.einsum("ij,jk,kl->il", x(2, 10), x(10, 10), x(10, 2)), 2 * 10 * 10 + 2 * 10 * 2),
    (lambda: torch.einsum("ij,jk,kl->il", x(10, 2), x(2, 10), x(10, 2)), 10 * 2 * 10 + 10 * 10 * 2),
    (lambda: torch.einsum("bhqd,bhkd->bhqk", x(2, 4, 7, 3), x(2, 4, 5, 3)), 2 * 4 * 7 * 5 * 3),
    (lambda: torch.einsum("i,i->", x(3), x(3)), 3),
    (lambda: torch.einsum("i,j->ij", x(2), x(3)), 0),
]


@pytest.mark.parametrize(("function", "macs"), PRODUCTS)
def test_products(whole: Count, in_pieces: Count, function: Callable[[], object], macs: int) -> None:
    for count in (whole, in_pieces):
        cost, uncounted = count(function)
        assert (cost.macs, uncounted) == (macs, [])


ALIKE: list[Callable[[], object]] = [
    lambda: functional.linear(x(2, 3), x(4, 3), x(4)),
    lambda: functional.linear(x(2, 5, 3), x(4, 3), x(4)),
    lambda: functional.conv2d(x(1, 3, 8, 8), x(4, 3, 3, 3), x(4)),
    lambda: functional.batch_norm(x(2, 4, 3, 3), x(4), x(4), x(4), x(4)),
    lambda: functional.batch_norm(x(2, 4, 3, 3), x(4), x(4), x(4), x(4), training=True),
    lambda: functional.instance_norm(x(2, 4, 3, 3)),
    lambda: functional.group_norm(x(2, 4, 3, 3), 2, x(4), x(4)),
    lambda: functional.layer_norm(x(2, 5), (5,), x(5), x(5)),
    lambda: functional.softmax(x(2, 5), 1),
    lambda: functional.log_softmax(x(2, 5), 0),
    lambda: functional.relu6(x(5)),
    lambda: functional.selu(x(5)),
    lambda: functional.celu(x(5), alpha=2),
    lambda: functional.prelu(x(2, 3), x(3)),
    lambda: functional.logsigmoid(x(5)),
    lambda: functional.max_pool1d(x(1, 2, 8), 2),
    lambda: functional.max_pool2d(x(1, 2, 8, 8), 3, padding=1),
    lambda: functional.max_pool3d(x(1, 2, 4, 4, 4), 2),
    lambda: functional.avg_pool1d(x(1, 2, 8), 2),
    lambda: functional.adaptive_avg_pool1d(x(1, 2, 7), 3),
    lambda: functional.adaptive_avg_pool2d(x(1, 2, 7, 7), 1),
    lambda: functional.adaptive_avg_pool2d(x(1, 2, 7, 7), (3, 2)),
    lambda: functional.adaptive_max_pool1d(x(1, 2, 7), 3),
    lambda: functional.interpolate(x(1, 2, 4, 4), scale_factor=2, mode="bilinear"),
    lambda: functional.grid_sample(x(1, 2, 4, 4), x(1, 3, 3, 2), align_corners=True),
    lambda: functional.dropout(x(4, 5), training=True),
    lambda: functional.dropout2d(x(2, 3, 4, 4), training=True),
    lambda: functional.embedding_bag(ids(3, 2), x(5, 4), mode="mean"),
    lambda: functional.cross_entropy(x(4, 5), ids(4)),
    lambda: functional.normalize(x(4, 5)),
    lambda: torch.std(x(4, 5), dim=1),
    lambda: torch._weight_norm(x(5, 4), x(5, 1), 0),
]


@pytest.mark.parametrize("function", ALIKE)
def test_whole_and_in_pieces_cost_the_same(whole: Count, in_pieces: Count, function: Callable[[], object]) -> None:
    assert whole(function) == in_pieces(function)


COMPOSITES: list[tuple[Callable[[], object], int]] = [
    # log_softmax 4 * (5 * 5 - 1); negate 4, mean 4
    (lambda: functional.cross_entropy(x(4, 5), ids(4)), 4 * (5 * 5 - 1) + 4 + 4),
    (lambda: functional.cross_entropy(x(2, 5, 3, 3), ids(2, 3, 3)), 18 * (5 * 5 - 1) + 18 + 18),
    # subtract, absolute value, mean
    (lambda: functional.l1_loss(x(4, 5), x(4, 5)), 20 + 20 + 20),
    # x log x - x y: multiply and log, multiply, subtract; sum
    (lambda: functional.kl_div(x(4, 5), x(4, 5), reduction="sum"), 2 * 20 + 20 + 20 + 19),
    # norms of 4 rows, clamp, divide
    (lambda: functional.normalize(x(4, 5)), 2 * 20 + 4 + 20),
    # absolute value, add, divide
    (lambda: functional.softsign(x(5)), 3 * 5),
    (lambda: functional.tanhshrink(x(5)), 2 * 5),
    (lambda: functional.alpha_dropout(x(5), training=False), 0),
    (lambda: torch.isfinite(x(5)), 4 * 5),
    # a convolution of ones: square, 3 to a window and divide, multiply, add, power, divide
    (lambda: functional.local_response_norm(x(1, 4, 5, 5), 3), 100 + 3 * 100 + 4 * 100),
    (lambda: functional.one_hot(ids(4), 3), 0),
    (lambda: torch.cat([x(2, 3).T.reshape(-1), functional.pad(x(4), (1, 1)), x(2, 2).flatten()]), 0),
    (lambda: functional.pixel_shuffle(x(1, 4, 2, 2), 2).contiguous().to(torch.float64).unsqueeze(0), 0),
    (lambda: functional.embedding(ids(2, 3), x(5, 4)).masked_fill(torch.ones(4) > 0, 0.0), 4),
]


@pytest.mark.parametrize(("function", "other_flops"), COMPOSITES)
def test_composites(whole: Count, function: Callable[[], object], other_flops: int) -> None:
    cost, uncounted = whole(function)
    assert (cost, uncounted) == (Cost(0, other_flops), [])


def test_an_uncounted_operator_is_no_zero(whole: Count) -> None:
    assert whole(lambda: torch.sparse.softmax(torch.eye(3).to_sparse(), 0))[1] != []
