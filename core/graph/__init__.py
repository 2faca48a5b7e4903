"""What is inside a network: its operations, their costs, skip connections, and folding into blocks and stages.

``trace(module)`` gives a ``Graph``. The records, ``dumps``, ``loads`` and ``nearest`` work without torch.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["cost", "fold", "names", "records", "skips", "stack", "store", "tracing"],
    submod_attrs={
        "names": ["nearest"],
        "records": [
            "Graph",
            "Group",
            "Module",
            "Node",
            "ReceptiveField",
            "Skip",
            "TraceFailed",
            "UnknownNode",
        ],
        "store": ["dumps", "loads"],
        "tracing": ["trace"],
    },
)
