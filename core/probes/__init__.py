"""What happens in one pass over one live network."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submodules=[
        "boxes",
        "calibrate",
        "capture",
        "effective",
        "heat",
        "inference",
        "kernels",
        "maps",
        "memory",
        "naming",
        "places",
        "records",
    ],
    submod_attrs={
        "capture": ["activations"],
        "effective": ["RunningField", "effective_receptive_field"],
        "inference": ["Optimised", "optimised"],
        "maps": ["feature_maps", "feature_maps_and_logits", "top_classes"],
        "memory": ["peak_bytes", "require_memory"],
        "places": ["Places", "places"],
        "records": [
            "ClassScore",
            "EffectiveReceptiveField",
            "FeatureMaps",
            "Measure",
            "NoEffect",
            "NoMaps",
            "NoSuchCell",
            "Order",
            "TooLarge",
        ],
    },
)
