"""What can be picked: a catalogue that is read without torch, and the way from a name to a module."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=[
        "blocks",
        "building",
        "cache",
        "catalogue",
        "codec",
        "counting",
        "downloads",
        "draft",
        "installed",
        "own_code",
        "presets",
        "problems",
        "recipes",
        "records",
        "rules",
        "single_values",
        "spec",
        "starts",
        "weights",
    ],
    submod_attrs={
        "building": ["build", "from_spec"],
        "cache": ["is_local", "weights_source"],
        "catalogue": ["families", "get", "imagenet_classes", "names", "search"],
        "downloads": ["WeightsUnavailable", "download", "fetch_file"],
        "own_code": ["OwnCodeFailed"],
        "presets": ["preset", "preset_names"],
        "records": [
            "Architecture",
            "Preprocessing",
            "PublishedWeights",
            "UnknownArchitecture",
            "UnknownWeights",
        ],
        "spec": ["HeadSpec", "NetSpec", "StageSpec", "StemSpec"],
        "weights": ["WeightsRejected"],
    },
)
