"""What was proposed, asked, said and voted is kept in every part that a decision hangs on."""

from django.db import migrations

from approvals import proof


class Migration(migrations.Migration):
    dependencies = [("approvals", "0024_history")]

    operations = [migrations.RunSQL(proof.TRIGGERS, migrations.RunSQL.noop)]
