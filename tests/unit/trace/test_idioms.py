"""What models do with masks, positions and devices beside their activations: all of it traced on shapes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.declaring.inputs import TensorInput
from pytest_flopbudget.trace.failures import DataNeededError

Count = Callable[..., Measurement]


class Masked(nn.Module):
    """A mask of padding as transformers make one: left out where it hides nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(10, 8)

    def forward(self, ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        x = self.embedding(ids)[:, None]
        mask = None
        if not torch.all(attention_mask == 1):
            mask = attention_mask[:, None, None, :].to(torch.bool).expand(-1, 1, ids.shape[1], -1)
            x = torch.cat([x, x], 1)
        out: torch.Tensor = nn.functional.scaled_dot_product_attention(x, x, x, mask)
        return out


@pytest.mark.parametrize(("fill", "heads"), [(1, 1), (0, 2)])
def test_a_mask_of_padding(count: Count, fill: int, heads: int) -> None:
    measurement = count(Masked(), TensorInput((2, 5), "int64"), TensorInput((2, 5), "int64", fill))
    assert measurement.macs == 2 * heads * 2 * 5 * 5 * 8
    operators = [call.operator for call, _ in measurement.calls]
    assert operators.count("aten::scaled_dot_product_attention") == 1


def test_a_mask_as_a_triangle(count: Count, as_model: Callable[..., nn.Module]) -> None:
    def attend(x: torch.Tensor) -> torch.Tensor:
        steps = x.shape[1]
        mask = torch.full((steps, steps), torch.finfo(x.dtype).min, device=x.device)
        mask = torch.triu(mask, diagonal=1)
        mask.masked_fill_(torch.arange(steps, device=x.device) > torch.arange(steps, device=x.device)[:, None], -1.0)
        scores = (x @ x.transpose(1, 2)) * x.shape[-1] ** -0.5 + mask[None]
        weights: torch.Tensor = scores.masked_fill(mask.bool(), float("-inf")).softmax(-1)
        return weights @ x

    assert count(as_model(attend), (2, 5, 8)).macs == 2 * 2 * 5 * 5 * 8


def test_positions_on_the_activations_device(count: Count) -> None:
    class Positions(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(6, 4)
            self.head = nn.Linear(4, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            positions = torch.arange(x.shape[1], device=x.device).unsqueeze(0).expand(x.shape[0], -1)
            assert int(positions.max()) == x.shape[1] - 1
            out = self.head(x + self.embedding(positions))
            assert isinstance(out, torch.Tensor)
            return out

    assert count(Positions(), (2, 6, 4)).macs == 2 * 6 * 4 * 3


def test_a_known_mask_indexes_activations(count: Count, as_model: Callable[..., nn.Module]) -> None:
    def chosen(x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        rows = x[mask]
        x[~mask] = 0.0
        x[:, 0] = rows.sum(0)[0]
        return rows @ rows.t()

    mask = TensorInput((2, 5), "bool", 1)
    assert count(as_model(chosen), (2, 5, 8), mask).macs == 10 * 8 * 10


@pytest.mark.parametrize(
    ("index", "rows"),
    [([-1], 1), ([0, 2, 2], 3), ([[0, 1], [2, 3]], 4), (torch.tensor([0, 2]), 2), (slice(1, 4), 3)],
)
def test_a_list_indexes_activations(
    count: Count, as_model: Callable[..., nn.Module], index: list[int] | slice | torch.Tensor, rows: int
) -> None:
    def last(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        x[:, index] = 0.0
        return x[:, index] @ weight

    assert count(as_model(last), (2, 5, 8), (8, 3)).macs == 2 * rows * 8 * 3


def test_a_generator_on_the_activations_device(count: Count, as_model: Callable[..., nn.Module]) -> None:
    def noisy(x: torch.Tensor) -> torch.Tensor:
        generator = torch.Generator(device=x.device).manual_seed(3)
        noise = torch.randn(x.shape, generator=generator, device=x.device)
        return (x + noise) @ x.t()

    assert count(as_model(noisy), (4, 5)).macs == 4 * 5 * 4


def test_devices_are_compared(count: Count, as_model: Callable[..., nn.Module]) -> None:
    def careful(x: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
        y = x @ x.t()
        assert x.device == y.device == ids.device == torch.zeros(1).device
        assert x.device.type == "cpu"
        assert x.get_device() == ids.get_device() == -1
        assert not x.is_cuda
        return y.to(ids.device)

    assert count(as_model(careful), (4, 5), TensorInput((3,), "int64")).macs == 4 * 5 * 4


def test_new_tensors_like_activations_are_known(count: Count, as_model: Callable[..., nn.Module]) -> None:
    def repeated(x: torch.Tensor) -> torch.Tensor:
        zeros, twos = x.new_zeros(3), torch.full_like(x, 2.0)
        scale = torch.tensor([1.0, 4.0], device=x.device, dtype=x.dtype)
        for _ in range(int(twos[0, 0]) + int(scale[1]) + int(zeros.sum())):
            x = x @ (torch.eye(5, device=x.device, dtype=x.dtype) + torch.ones_like(x[:, :1]).sum())
        return x

    assert count(as_model(repeated), (4, 5)).macs == (2 + 4) * 4 * 5 * 5


def quantized(x: torch.Tensor) -> torch.Tensor:
    return torch.add(x, torch.quantize_per_tensor(torch.ones(4, 4), 0.1, 0, torch.quint8))


def sparse(x: torch.Tensor) -> torch.Tensor:
    return torch.ones(4, 4).to_sparse() @ x


def compressed(x: torch.Tensor) -> torch.Tensor:
    return torch.ones(4, 4).to_sparse_csr() @ x


def nested(x: torch.Tensor) -> torch.Tensor:
    return torch.nested.nested_tensor([torch.ones(2, 4), torch.ones(3, 4)]) * x.sum()


OLD = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")


@OLD
@pytest.mark.parametrize(
    ("function", "operator", "make"),
    [
        (quantized, "aten::add", "quantized"),
        (sparse, "aten::matmul", "sparse"),
        (compressed, "aten::matmul", "sparse"),
        (nested, "aten::_nested_tensor_from_tensor_list", "nested"),
    ],
)
def test_tensors_of_another_make_are_not_followed(
    count: Count, as_model: Callable[..., nn.Module], function: Callable[..., object], operator: str, make: str
) -> None:
    with pytest.raises(DataNeededError) as refused:
        count(as_model(function), (4, 4))
    assert refused.value.headline == (
        f"cannot be counted on shapes: {operator} in Function works on a {make} tensor, which is not followed on shapes"
    )


@OLD
def test_packed_weights_are_not_followed(count: Count, as_model: Callable[..., nn.Module]) -> None:
    packed = torch.ops.quantized.linear_prepack(torch.quantize_per_tensor(torch.ones(3, 4), 0.1, 0, torch.qint8), None)
    with pytest.raises(DataNeededError) as refused:
        count(as_model(lambda x: torch.ops.quantized.linear_dynamic(x, packed)), (2, 4))
    assert refused.value.headline == (
        "cannot be counted on shapes: quantized::linear_dynamic in Function works on a quantized tensor, "
        "which is not followed on shapes"
    )
