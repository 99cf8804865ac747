"""Policy as code that knows what it does not know: facts in, decisions with reasons out."""

from ._assize import (
    Decision,
    Engine,
    Entry,
    Error,
    Fired,
    Loaded,
    PolicyError,
    ReadError,
    RequestError,
    SettingError,
    Snapshot,
    TestsError,
    TypesError,
    __version__,
)

__all__ = [
    "Decision",
    "Engine",
    "Entry",
    "Error",
    "Fired",
    "Loaded",
    "PolicyError",
    "ReadError",
    "RequestError",
    "SettingError",
    "Snapshot",
    "TestsError",
    "TypesError",
    "__version__",
]
