"""Every event of protocol version 1. Held against spec/events.json by a test."""

from __future__ import annotations

from typing import Literal

#: `observe`: told, never awaited. `transform`: hooks change it. `gate`: hooks allow or stop it.
EVENTS: dict[str, Literal["observe", "transform", "gate"]] = {
    "session_start": "observe",
    "session_shutdown": "observe",
    "session_before_compact": "gate",
    "session_compact": "observe",
    "input": "transform",
    "before_agent_start": "transform",
    "agent_start": "observe",
    "agent_end": "observe",
    "turn_start": "observe",
    "turn_end": "observe",
    "context": "transform",
    "before_provider_request": "transform",
    "after_provider_response": "observe",
    "message_start": "observe",
    "message_update": "observe",
    "message_end": "observe",
    "tool_call": "gate",
    "tool_execution_start": "observe",
    "tool_execution_update": "observe",
    "tool_execution_end": "observe",
    "tool_result": "transform",
    "model_select": "observe",
    "user_bash": "gate",
    "ui_prompt_start": "observe",
    "ui_prompt_end": "observe",
    "extension_state": "observe",
}
