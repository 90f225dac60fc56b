"""Operators of ONNX that compute nothing, each group with its reason."""

from __future__ import annotations

from pytest_flopbudget.counting.marking import free
from pytest_flopbudget.counting.onnx_formulas.naming import onnx

VIEWS = free(
    *onnx("Identity Reshape Flatten Squeeze Unsqueeze Dropout"),
    reason="the same elements under another shape; a dropout does nothing outside of training",
)
COPIES = free(
    *onnx("Transpose Concat Split Slice Expand Tile Pad DepthToSpace SpaceToDepth ReverseSequence Trilu Compress"),
    *onnx("Cast CastLike Where"),
    reason="copies elements to other places, or to another type",
)
INDEXING = free(
    *onnx("Gather GatherElements GatherND Scatter ScatterElements ScatterND TensorScatter OneHot"),
    reason="copies the elements that indices name",
)
FACTORIES = free(
    *onnx("Constant ConstantOfShape Shape Size Range EyeLike"),
    *onnx("RandomNormal RandomNormalLike RandomUniform RandomUniformLike"),
    reason="reads a shape, or makes elements out of none",
)
