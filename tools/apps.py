from importlib import import_module
from typing import Any

import stamina.instrumentation
from django.apps import AppConfig


def tell_policy() -> None:
    """A mode may be given to the company's own writes as well, and the policy's app knows no company."""
    policy: Any = import_module("knowledge.policy")
    pack = import_module("tools.pack")
    policy.own_writes = lambda: [name for name, one in pack.active().own.items() if one.writes]


class ToolsConfig(AppConfig):
    name = "tools"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("tools.checks")
        tell_policy()
        # Its own log lines are outside our catalogue; a call that fails after its retries is logged by the gateway.
        stamina.instrumentation.set_on_retry_hooks(())
