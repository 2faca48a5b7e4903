"""What happens over many steps: generators that yield small frozen events."""

import lazy_loader

from core.architectures import installed
from core.engine.settings import settings

# A job's own process, started afresh, knows nothing but its experiment; the settings are asked at every look-up.
installed.permit(lambda: settings().allows_own_code())

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["downloads", "records", "speed"],
    submod_attrs={
        "downloads": ["download_weights"],
        "records": ["Progress", "SpeedMeasured", "SpeedSkipped"],
        "speed": ["measure_speed"],
    },
)
