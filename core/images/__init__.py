"""What the user gives: pictures and their checks, bundled samples, preprocessing.

``open_image`` is the one door for a stranger's picture; it is called in the worker, never in the web process.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["colours", "containers", "limits", "opening", "preprocess", "samples"],
    submod_attrs={
        "limits": ["ImageLimits", "ImageRejected"],
        "opening": ["open_image"],
        "preprocess": ["Prepared", "Preprocessing", "prepare"],
        "samples": ["Sample", "UnknownSample", "sample"],
    },
)
