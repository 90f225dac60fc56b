"""What models of text and speech are made of: nothing unknown, MACs by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from pytest_flopbudget.counting.operators import Cost

Count = Callable[[Callable[[], object]], tuple[Cost, list[str]]]


def x(*shape: int) -> Tensor:
    return torch.full(shape, 0.5)


def ids(*shape: int) -> Tensor:
    return torch.ones(shape, dtype=torch.int64)


def mel_spectrogram() -> Tensor:
    spectrum = torch.stft(x(2, 400), 64, 16, window=torch.hann_window(64), return_complex=True).abs().square()
    mel = (spectrum.transpose(1, 2) @ x(33, 20)).clamp(min=1e-10).log10()
    return torch.maximum(mel, mel.max() - 8).add(4).div(4)


def there_and_back() -> Tensor:
    window = torch.hann_window(64)
    return torch.istft(torch.stft(x(2, 400), 64, 16, window=window, return_complex=True), 64, 16, window=window)


def relative_position_buckets() -> Tensor:
    apart = torch.arange(5)[None] - torch.arange(6)[:, None]
    far = 8 + (torch.log(apart.abs().clamp(min=1) / 8) * 8).long()
    bucket = (apart > 0).long() * 16 + torch.where(apart.abs() < 8, apart.abs(), far.clamp(max=15))
    return functional.embedding(bucket, x(32, 4)).permute(2, 0, 1)


def complex_rotary_embedding() -> Tensor:
    angles = torch.outer(torch.arange(5).float(), 10_000 ** -(torch.arange(4) / 4))
    turns = torch.polar(torch.ones_like(angles), angles)
    turned = torch.view_as_complex(x(2, 5, 3, 4, 2)) * turns[None, :, None]
    return torch.view_as_real(turned).flatten(3)


def rotary_embedding() -> Tensor:
    angles = torch.einsum("i,j->ij", torch.arange(5).float(), x(4))
    angles = torch.cat((angles, angles), -1)
    left, right = x(2, 3, 5, 8).chunk(2, -1)
    return x(2, 3, 5, 8) * angles.cos() + torch.cat((-right, left), -1) * angles.sin()


def convolution_module() -> Tensor:
    gated = functional.glu(functional.conv1d(x(2, 16, 20), x(32, 16, 1)), 1)
    near = functional.silu(functional.batch_norm(functional.conv1d(gated, x(16, 1, 7), groups=16), x(16), x(16)))
    return functional.conv1d(near, x(16, 16, 1))


def waveform_features() -> Tensor:
    heard = functional.gelu(functional.group_norm(functional.conv1d(x(2, 1, 400), x(8, 1, 10), stride=5), 8))
    return functional.conv1d(heard, torch._weight_norm(x(8, 4, 4), x(1, 1, 4), 2), padding=2, groups=2)


def selective_scan() -> Tensor:
    step = functional.softplus(x(2, 4, 10))
    decay = torch.exp(torch.einsum("bdl,dn->bdln", step, -torch.exp(x(4, 3))))
    driven = torch.einsum("bdl,bnl->bdln", step, x(2, 3, 10))
    state, outputs = torch.zeros(2, 4, 3), []
    for place in range(10):
        state = decay[:, :, place] * state + driven[:, :, place]
        outputs.append(torch.einsum("bdn,bn->bd", state, x(2, 3)))
    return torch.stack(outputs, 2)


def chunked_scan() -> Tensor:
    total = x(2, 4, 10).cumsum(-1)
    apart = total[..., :, None] - total[..., None, :]
    return apart.masked_fill(~torch.ones(10, 10, dtype=torch.bool).tril(), -torch.inf).exp()


def mixture_of_experts() -> Tensor:
    weights, chosen = functional.softmax(x(6, 8) @ x(8, 4), -1).topk(2)
    taken = functional.one_hot(chosen, 4).permute(2, 1, 0).sum(-1).nonzero()
    return torch.zeros(6, 8).index_add(0, ids(3), x(3, 8) * weights[0, 0]) + taken.sum()


def nearest_code() -> Tensor:
    latents, codes = x(6, 4), x(8, 4)
    apart = latents.square().sum(1, keepdim=True) - 2 * latents @ codes.T + codes.square().sum(1)
    return functional.embedding(apart.argmin(1), codes) + torch.cdist(x(30, 4), x(30, 4)).sum()


def attention_mask() -> Tensor:
    mask = torch.tensor([[True, True, False]])
    positions = (mask.long().cumsum(-1) - 1).masked_fill(~mask, 0)
    known = torch.isin(positions, torch.tensor([0, 1])) & mask & ~mask.all()
    return torch.where(known[:, None], x(3, 3).triu(1), torch.finfo(torch.float32).min)


MODELS: list[tuple[Callable[[], object], int]] = [
    # 26 frames of 2 sounds, 33 frequencies to 20 bands
    (mel_spectrogram, 2 * 26 * 33 * 20),
    (there_and_back, 0),
    (lambda: torch.stft(x(2, 400), 64, 16, onesided=False, normalized=True, return_complex=True), 0),
    (lambda: torch.fft.fft(torch.fft.fft(x(2, 16, 32), dim=-1), dim=-2).real, 0),
    (lambda: torch.fft.irfft2(torch.fft.rfft2(x(2, 8, 8)) * torch.complex(x(8, 5), x(8, 5))), 0),
    (lambda: torch.fft.fftshift(torch.fft.fftfreq(8)), 0),
    (relative_position_buckets, 0),
    (complex_rotary_embedding, 0),
    (rotary_embedding, 0),
    # pointwise to 2 * 16, depthwise of 7 over 14 places, pointwise
    (convolution_module, 2 * (20 * 32 * 16 + 14 * 16 * 7 + 14 * 16 * 16)),
    # 79 frames of 8 channels; 80 of them after padding, by kernels of 4 over 4 channels
    (waveform_features, 2 * (79 * 8 * 10 + 80 * 8 * 4 * 4)),
    # each of 10 steps reads a state of 3; what nothing sums is no MAC
    (selective_scan, 10 * 2 * 4 * 3),
    (chunked_scan, 0),
    (mixture_of_experts, 6 * 8 * 4),
    (nearest_code, 6 * 8 * 4),
    (attention_mask, 0),
    (lambda: torch.kaiser_window(20) + torch.hamming_window(20) + torch.blackman_window(20), 0),
    (lambda: torch.bucketize(x(5), x(10)) + torch.searchsorted(x(10), x(5)), 0),
    (lambda: x(2, 10).logcumsumexp(-1) + x(2, 10).cummax(-1).values + x(2, 10).cumprod(-1), 0),
    (lambda: x(2, 9).unfold(-1, 4, 2).roll(1, -1).flip(0), 0),
    (lambda: functional.fold(functional.unfold(x(1, 2, 4, 4), 2), (4, 4), 2), 0),
    (lambda: functional.ctc_loss(x(6, 2, 5).log_softmax(-1), ids(2, 3), torch.tensor([6, 6]), torch.tensor([3, 3])), 0),
    (lambda: functional.embedding_bag(ids(6), x(5, 4), torch.tensor([0, 3])), 0),
    (lambda: functional.embedding(ids(6), x(5, 4), max_norm=1.0), 0),
    (lambda: x(2, 5, 8) * torch.rsqrt(x(2, 5, 8).square().mean(-1, keepdim=True) + 1e-6), 0),
    (lambda: functional.gumbel_softmax(x(2, 5), hard=True), 0),
    (lambda: torch.segment_reduce(x(6, 3), "sum", lengths=torch.tensor([2, 4])), 0),
    (lambda: x(3, 4).sort().values + x(3, 4).logsumexp(-1, keepdim=True) + x(3, 4).mode(keepdim=True).values, 0),
    (lambda: torch.multinomial(x(2, 5), 2), 0),
    (lambda: x(3, 4).quantile(0.5), 0),
]


@pytest.mark.parametrize(("model", "macs"), MODELS)
def test_nothing_is_unknown(whole: Count, model: Callable[[], object], macs: int) -> None:
    cost, uncounted = whole(model)
    assert (cost.macs, uncounted) == (macs, [])
