"""Policy as code that knows what it does not know: facts in, decisions with reasons out."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from os import PathLike
from typing import Any, Literal, final

__version__: str

#: A datetime with a time zone, RFC 3339 text, or microseconds since 1970, UTC.
_Instant = datetime | str | int
#: A dict of a request's fields, or JSON.
_Request = Mapping[str, Any] | str | bytes
_Path = str | PathLike[str]

class Error(Exception):
    """What is wrong, where, and what to do about it."""

class PolicyError(Error):
    """The policies do not compile."""

    #: Where: file, line, column, what.
    places: list[tuple[str, int, int, str]]

class TestsError(PolicyError):
    """The policies' own tests fail; `places` names them."""

class SettingError(Error):
    """A param is set that cannot be."""

class ReadError(Error):
    """A file or folder cannot be read."""

class TypesError(Error):
    """New policies have other types of facts than those that the facts were read by."""

class RequestError(Error):
    """Nothing can be said about the request: no such type, no policy that decides it, no JSON object."""

@final
class Loaded:
    """What became of lines of facts."""

    @property
    def lines(self) -> int:
        """Lines that were not empty."""
    @property
    def rejected(self) -> list[str]:
        """What was refused: where, and why. The rest was loaded."""

@final
class Snapshot:
    """Policies and facts as they stood at one moment."""

    @property
    def id(self) -> str:
        """Names the facts: the same facts have the same name."""
    @property
    def now(self) -> datetime:
        """The instant that they are of."""

@final
class Fired:
    """A policy that decides something about a request."""

    @property
    def policy(self) -> str: ...
    @property
    def arm(self) -> int:
        """Which of its arms, from 1."""
    @property
    def outcome(self) -> Literal["block", "revoke", "alert", "rank", "none"]:
        """The strongest that it decides."""
    @property
    def enforced(self) -> bool:
        """Whether it is carried out; else its policy is only watched."""

@final
class Decision:
    """An answer. It holds on to the policies and facts that it rests on."""

    @property
    def verdict(self) -> Literal["allow", "block", "undetermined"]: ...
    @property
    def allowed(self) -> bool:
        """Whether it is `allow`: what cannot be told is not."""
    @property
    def valid_until(self) -> datetime | None:
        """Until when the clock alone changes nothing about it; `None` is: until a fact changes."""
    @property
    def fired(self) -> list[Fired]:
        """The policies that decide something, in the order of their names."""
    @property
    def error(self) -> str | None:
        """Why nothing could be said; only of `decide_many`."""
    def reasons(self) -> dict[str, Any]:
        """The answer with its reasons, obligations (`with`) and evidence, and what could not be decided."""
    def explain(self) -> list[dict[str, Any]]:
        """Of each policy that decides something, or cannot tell: its table with what every condition came to."""

@final
class Entry:
    """A type of request, and the engine that decides it. Shared by threads."""

    def decide(self, request: _Request, now: _Instant, *, on: Snapshot | None = None) -> Decision:
        """Decides a request. A field that is left out was not collected, `None` is known to be absent."""
    def decide_many(
        self, requests: Iterable[_Request], now: _Instant, *, on: Snapshot | None = None
    ) -> list[Decision]:
        """Decides several on the same policies and facts; one that cannot be read is undetermined, with an `error`."""
    def explain(self, request: _Request, now: _Instant, *, on: Snapshot | None = None) -> list[dict[str, Any]]:
        """Why, for a request: as `Decision.explain`."""

@final
class Engine:
    """Policies that pass their own tests, and facts, published together. Shared by threads."""

    def __new__(
        cls,
        now: _Instant,
        *,
        policies: _Path | Sequence[_Path] | None = None,
        texts: Mapping[str, str] | None = None,
        stdlib: bool = False,
        params: Mapping[str, str | int | float | bool] | None = None,
        reach: int | None = None,
    ) -> Engine:
        """Compiles policies (files, folders, or texts by the name that errors give for them), and runs their tests."""
    def facts(
        self, lines: str | bytes | Iterable[Mapping[str, Any] | str | bytes], now: _Instant, *, name: str = "facts"
    ) -> Loaded:
        """Takes in facts, all at once, and moves the clock to `now`."""
    def load(self, path: _Path, now: _Instant) -> Loaded:
        """The same from a file of lines, or from the folder of a snapshot."""
    def replace(
        self,
        now: _Instant,
        *,
        policies: _Path | Sequence[_Path] | None = None,
        texts: Mapping[str, str] | None = None,
        stdlib: bool = False,
        params: Mapping[str, str | int | float | bool] | None = None,
        reach: int | None = None,
    ) -> None:
        """Answers by other policies from now on, once they compile and pass their own tests; else nothing changes."""
    def replace_all(self, other: Engine, now: _Instant) -> None:
        """Answers by the policies and facts of another engine from now on, both at once."""
    def tick(self, now: _Instant) -> None:
        """Moves the facts to the clock: answers are right without it, and sooner after it."""
    def entry(self, request_type: str) -> Entry:
        """Resolves a type of request, `ToolCall` or `nhi.model.ToolCall`."""
    def snapshot(self) -> Snapshot:
        """Policies and facts as they stand, to decide on later."""
