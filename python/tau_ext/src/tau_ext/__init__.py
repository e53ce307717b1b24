"""What the author of a tau extension imports."""

from ._extension import ToolRegistration
from ._session import VERSION as __version__
from .api import ExtensionApi, Setup
from .asking import Agent, Generated, Model, Session, Ui
from .contexts import Context, ToolContext
from .errors import TauError
from .fetching import Response
from .log import Log
from .results import Ask, Block, Modify, ToolResult
from .serving import serve
from .state import DELETE, Entry, State, StateArea

__all__ = [
    "DELETE",
    "Agent",
    "Ask",
    "Block",
    "Context",
    "Entry",
    "ExtensionApi",
    "Generated",
    "Log",
    "Model",
    "Modify",
    "Response",
    "Session",
    "Setup",
    "State",
    "StateArea",
    "TauError",
    "ToolContext",
    "ToolRegistration",
    "ToolResult",
    "Ui",
    "__version__",
    "serve",
]
