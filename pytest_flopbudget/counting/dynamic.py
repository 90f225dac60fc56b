"""The operators whose results are as large as their arguments' values say."""

from __future__ import annotations

# That of indexing is told by masks.
DYNAMIC: tuple[str, ...] = (
    "aten::nonzero",
    "aten::argwhere",
    "aten::nonzero_numpy",
    "aten::where",
    "aten::masked_select",
    "aten::_unique",
    "aten::_unique2",
    "aten::unique_consecutive",
    "aten::unique_dim",
    "aten::unique_dim_consecutive",
    "aten::bincount",
    "aten::repeat_interleave",
    "aten::index",
    "aten::index_put",
    "aten::index_put_",
    "torchvision::nms",
)
