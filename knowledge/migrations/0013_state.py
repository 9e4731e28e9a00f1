"""Which state of the knowledge this is, so that what was found in another one isn't taken for its own."""

import django.contrib.postgres.functions
from django.db import migrations, models

from knowledge.index import CHANGED, CHANGES, WATCH


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0012_known_issues")]

    operations = [
        migrations.AddField(
            model_name="corpus",
            name="state",
            field=models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID()),
        ),
        migrations.RunSQL(CHANGED, "drop function knowledge_changed() cascade"),
        *[
            migrations.RunSQL(WATCH.format(table=table, acts=acts), migrations.RunSQL.noop)
            for table, acts in CHANGES.items()
        ],
    ]
