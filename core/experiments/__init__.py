"""What happens over many steps: generators that yield small frozen events."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["downloads", "records", "speed"],
    submod_attrs={
        "downloads": ["download_weights"],
        "records": ["Progress", "SpeedMeasured", "SpeedSkipped"],
        "speed": ["measure_speed"],
    },
)
