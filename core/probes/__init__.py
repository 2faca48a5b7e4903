"""What happens in one pass over one live network."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules=["capture", "inference", "kernels", "maps", "memory", "naming", "records"],
    submod_attrs={
        "capture": ["activations"],
        "inference": ["Optimised", "optimised"],
        "maps": ["feature_maps", "feature_maps_and_logits", "top_classes"],
        "memory": ["peak_bytes", "require_memory"],
        "records": ["ClassScore", "FeatureMaps", "NoMaps", "Order", "TooLarge"],
    },
)
