"""Networks in ONNX files, read as graphs with shapes and costs. Nothing is run, and no other file is opened."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["reading", "records", "wire"],
    submod_attrs={
        "reading": ["describe", "read_onnx"],
        "records": ["OnnxFile", "OnnxRejected"],
    },
)
