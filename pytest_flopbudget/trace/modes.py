"""What the dispatch modes of a trace share."""

from __future__ import annotations

import torch
from torch.utils._python_dispatch import TorchDispatchMode


class LightMode(TorchDispatchMode):
    """A dispatch mode whose first call imports no compiler: torch would wrap its handler in one."""

    def __init__(self) -> None:
        TorchDispatchMode.__init__(self)

    @property
    def is_active(self) -> bool:
        """Whether calls of this thread, here and now, reach it."""
        depth = torch._C._len_torch_dispatch_stack()
        return any(torch._C._get_dispatch_stack_at(index) is self for index in range(depth))

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False
