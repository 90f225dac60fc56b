"""How a model runs on its device, as far as its bytes depend on that: the assumptions behind every byte metric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, get_args

from pytest_flopbudget.counting.patterns import matching

Fusion = Literal["none", "conv-bn", "conv-bn-act"]
Planner = Literal["liveness", "tflm-greedy"]
InPlace = Literal["depthwise"]
WeightsIn = Literal["flash", "ram"]

FUSIONS: tuple[Fusion, ...] = get_args(Fusion)
PLANNERS: tuple[Planner, ...] = get_args(Planner)
INPLACE: tuple[InPlace, ...] = get_args(InPlace)
WEIGHTS_IN: tuple[WeightsIn, ...] = get_args(WeightsIn)


@dataclass(frozen=True, kw_only=True, slots=True)
class Deployment:
    """The assumptions of byte metrics. Its default is the model as PyTorch runs it: its own types, nothing fused.

    Element types are torch's names; ``"int4"`` and its like are packed. Only floating tensors are given another
    type: integers, booleans and quantized tensors keep their own.

    Args:
        weight_dtype: The type of floating weights; None is the model's own.
        weight_dtypes: The same for the modules that a pattern matches and all below them; of several patterns that
            match, the last one says.
        activation_dtype: The type of floating activations; None is the model's own.
        bias_dtype: The type of floating biases; None is that of weights.
        io_dtype: The type of the model's floating inputs and outputs; where it is another than the activations',
            a copy of each is made. None is the activations'.
        fusion: ``"conv-bn"`` folds a batch norm into the convolution or linear layer before it; ``"conv-bn-act"``
            also computes a clamping activation (ReLU, ReLU6) together with the convolution, linear layer, batch norm
            or addition before it.
        planner: How buffers are placed: ``"liveness"`` takes what is alive at once, without places;
            ``"tflm-greedy"`` is TFLite Micro's.
        inplace: Which operators write their result over their input: ``"depthwise"`` convolutions, as TinyEngine's.
        explicit_padding: Whether the padding of strided convolutions is a copy of its own, as converters from PyTorch
            to TFLite make it.
        arena_overhead: Bytes that the runtime itself keeps in RAM.
        weights_in: ``"ram"`` where the runtime copies the weights there.
        inferences_per_second: How often the model runs.
        clock_hz: The processor's clock, in Hz.
        cycles_per_mac: The user's own measured figure, in cycles.
    """

    weight_dtype: str | None = None
    weight_dtypes: Mapping[str, str] = field(default_factory=dict)
    activation_dtype: str | None = None
    bias_dtype: str | None = None
    io_dtype: str | None = None
    fusion: Fusion = "none"
    planner: Planner = "liveness"
    inplace: tuple[InPlace, ...] = ()
    explicit_padding: bool = False
    arena_overhead: int = 0
    weights_in: WeightsIn = "flash"
    inferences_per_second: Fraction | None = None
    clock_hz: Fraction | None = None
    cycles_per_mac: Fraction | None = None

    def weight_dtype_at(self, module: str) -> str | None:
        """The type of the floating weights that the module at a path holds; None is the model's own."""
        found = self.weight_dtype
        for pattern, dtype in self.weight_dtypes.items():
            if matching(pattern, [module]) or matching(f"{pattern}.**", [module]):
                found = dtype
        return found


AS_IT_IS = Deployment()
