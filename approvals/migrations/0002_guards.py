"""The fsm table of requests, and the proof that an effect needs."""

from django.db import migrations

from approvals import proof
from conversations import lifecycle

MOVES = ["approved>superseded", "pending>approved", "pending>expired", "pending>rejected", "pending>superseded"]


class Migration(migrations.Migration):
    dependencies = [("approvals", "0001_initial"), ("tools", "0002_guards")]

    operations = [
        migrations.RunSQL(lifecycle.trigger_sql("approvals_approvalrequest", "approvalrequest", "pending", MOVES), ""),
        migrations.RunSQL(proof.FUNCTION, "drop function if exists handrail_prove_effect cascade"),
        migrations.RunSQL(proof.TRIGGERS, ""),
    ]
