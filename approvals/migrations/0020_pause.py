"""The proof of an effect asks whether the agent is paused."""

from django.db import migrations

from approvals import proof


class Migration(migrations.Migration):
    dependencies = [("approvals", "0002_guards"), ("conversations", "0020_pause")]

    operations = [migrations.RunSQL(proof.FUNCTION, migrations.RunSQL.noop)]
