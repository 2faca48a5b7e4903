"""Where requests and jobs run: processes of this machine, their order, their limits and their ends.

The engine runs functions by dotted name ("core.service.answers:graph") and knows no experiment. Nothing
here imports torch in the web process.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["device", "errors", "progress", "settings"],
    submod_attrs={
        "cache": ["ByteCache"],
        "device": ["DeviceInfo", "DeviceUnavailable"],
        "errors": [
            "EngineClosed",
            "EngineError",
            "Failure",
            "JobCancelled",
            "JobFailed",
            "NotReady",
            "Refused",
            "RequestCancelled",
            "RequestFailed",
            "RequestReplaced",
            "TooManyJobs",
            "TooManyRequests",
            "UnknownFunction",
            "UnknownJob",
        ],
        "jobs": ["Job", "JobSnapshot", "JobState"],
        "local": ["Engine", "Status", "close", "get_engine", "start"],
        "ticket": ["Ticket", "TicketState"],
        "worker": ["WorkerStatus"],
    },
)
