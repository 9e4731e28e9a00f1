from importlib import import_module

import stamina.instrumentation
from django.apps import AppConfig


class ToolsConfig(AppConfig):
    name = "tools"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("tools.checks")
        # Its own log lines are outside our catalogue; a call that fails after its retries is logged by the gateway.
        stamina.instrumentation.set_on_retry_hooks(())
