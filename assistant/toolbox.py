"""The tools a model may call: every LangChain tool found in some folders."""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, get_args, get_type_hints

from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool, InjectedToolArg, ToolException
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ValidationError

from assistant.errors import AssistantError, StoppedError, ToolError
from assistant.safe_text import clean, one_line
from assistant.types import Effect, Finding, ToolCall, ToolResult

_log = logging.getLogger(__name__)

Gifts = Mapping[type, object]
"""What a tool is given beside the model's arguments, by the Protocol its signature names."""


class Toolbox:
    """Tools by name; a tool that does not say what it does to the world is not among them.

    Args:
        folders: where tools are looked for; a name that is taken already is not taken again
        gifts: the Protocols that can be injected
    """

    def __init__(self, folders: Sequence[Path], gifts: Iterable[type]) -> None:
        self.problems: list[str] = []
        """Why files or tools were left out, one line each."""
        self._tools: dict[str, BaseTool] = {}
        self._wants: dict[str, dict[str, type]] = {}
        self._gifts = frozenset(gifts)
        for path in (path for folder in folders for path in sorted(folder.glob("*.py"))):
            self._load(path)

    @property
    def effects(self) -> dict[str, Effect]:
        return {name: Effect((tool.extras or {})["effect"]) for name, tool in self._tools.items()}

    @property
    def schemas(self) -> tuple[dict[str, Any], ...]:
        """The tools as OpenAI-style JSON schemas."""
        return tuple(convert_to_openai_tool(tool) for tool in self._tools.values())

    def facts(self, kind: str) -> tuple[str, ...]:
        """The tools that measure a kind of media without understanding it: picture, video or sound."""
        return tuple(name for name, tool in self._tools.items() if kind in (tool.extras or {}).get("facts", ()))

    def call(self, call: ToolCall, gifts: Gifts) -> ToolResult:
        """Run one tool; whatever goes wrong in it becomes an answer for the model."""
        try:
            return self._run(call, gifts)
        except StoppedError:
            raise
        except AssistantError as error:
            return _failed(call, error.sentence())
        except ValidationError as error:
            return _failed(call, "Wrong arguments. " + "; ".join(map(_problem, error.errors())))
        except (ValueError, ToolException) as error:
            return _failed(call, str(error))
        except (Exception, SystemExit) as error:  # noqa: BLE001  tools are anybody's code
            _log.exception("tool %s failed", call.name)
            return _failed(call, f"{call.name} failed: {type(error).__name__}: {one_line(str(error))}")

    def check(self, call: ToolCall) -> None:
        """ToolError when there is no such tool, or it takes no argument of some name."""
        tool = self._tools.get(call.name)
        if tool is None:
            raise ToolError(f"There is no tool named {one_line(call.name)}.", f"There are: {', '.join(self._tools)}.")
        known = tool.tool_call_schema.model_fields  # type: ignore[union-attr]
        unknown = set(call.arguments) - set(known)
        if unknown:
            names = ", ".join(one_line(name, 40) for name in sorted(unknown))
            raise ToolError(f"Wrong arguments. {call.name} takes no {names}.", f"It takes: {', '.join(known)}.")

    def _run(self, call: ToolCall, gifts: Gifts) -> ToolResult:
        self.check(call)
        tool = self._tools[call.name]
        given = {name: gifts[kind] for name, kind in self._wants[call.name].items()}
        message = tool.invoke({"type": "tool_call", "id": call.id, "name": call.name, "args": call.arguments | given})
        return _result(call, message)

    def _load(self, path: Path) -> None:
        try:
            found = _tools_in(path)
        except Exception as error:  # noqa: BLE001  tools are anybody's code
            self.problems.append(
                f"{one_line(path.name)} cannot be loaded: {type(error).__name__}: {one_line(str(error))}"
            )
            return
        for tool in found:
            try:
                self._wants[tool.name] = self._admit(tool)
                self._tools[tool.name] = tool
            except ToolError as error:
                self.problems.append(f"{one_line(path.name)}: {error.sentence()}")

    def _admit(self, tool: BaseTool) -> dict[str, type]:
        """What the tool wants injected; ToolError when it may not be among the tools."""
        effect = (tool.extras or {}).get("effect")
        if tool.name in self._tools:
            raise ToolError(f"The tool {tool.name} is there already.", "Give it another name.")
        if effect not in list(Effect):
            known = "|".join(Effect)
            raise ToolError(f"The tool {tool.name} declares no effect.", f'Add: @tool(extras={{"effect": "{known}"}})')
        wants = _injected(tool)
        if missing := [kind.__name__ for kind in wants.values() if kind not in self._gifts]:
            raise ToolError(f"The tool {tool.name} wants {', '.join(missing)}, which nobody gives.")
        return wants


def _injected(tool: BaseTool) -> dict[str, type]:
    function = getattr(tool, "func", None)
    hints = get_type_hints(function, include_extras=True) if function else {}
    return {name: get_args(hint)[0] for name, hint in hints.items() if InjectedToolArg in get_args(hint)}


def _tools_in(path: Path) -> list[BaseTool]:
    spec = spec_from_file_location(f"vireo_tools_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ToolError(f"{path.name} is no Python file.")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return [value for value in vars(module).values() if isinstance(value, BaseTool)]


def _result(call: ToolCall, message: Any) -> ToolResult:
    content = message.content if isinstance(message, ToolMessage) else message
    finding = getattr(message, "artifact", None)
    if not isinstance(finding, Finding):
        finding = Finding()
    text = content if isinstance(content, str) else str(content)
    json.dumps(finding.data)  # it is stored and sent: TypeError here becomes the tool's failure
    evidence = tuple(replace(each, source=clean(each.source), text=clean(each.text)) for each in finding.evidence)
    return ToolResult(call.id, call.name, clean(text), evidence, finding.data)


def _failed(call: ToolCall, text: str) -> ToolResult:
    return ToolResult(call.id, call.name, clean(text), failed=True)


def _problem(error: Any) -> str:
    return f"{'.'.join(map(str, error['loc']))}: {error['msg']}"
