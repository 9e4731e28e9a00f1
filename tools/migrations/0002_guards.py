"""The fsm tables of proposals and effects, repeated in the database; every move writes its event."""

from django.db import migrations

from conversations import lifecycle

CALL_MOVES = ["proposed>cleared", "proposed>denied", "proposed>dropped"]
EFFECT_MOVES = ["open>confirmed", "open>refused", "open>unknown", "unknown>confirmed", "unknown>refused"]


class Migration(migrations.Migration):
    dependencies = [("tools", "0001_initial")]

    operations = [
        migrations.RunSQL(lifecycle.trigger_sql("tools_toolcall", "toolcall", "proposed", CALL_MOVES), ""),
        migrations.RunSQL(lifecycle.trigger_sql("tools_effect", "effect", "open", EFFECT_MOVES), ""),
    ]
