"""What is proved of a release's graphs, and who signed a graph. Releases that are there already keep speaking without."""

import django.db.models.deletion
from django.db import migrations, models

import conversations.models
from agents.kept import KEPT


class Migration(migrations.Migration):
    dependencies = [
        ("agents", "0010_spend"),
    ]

    operations = [
        migrations.CreateModel(
            name="Certificate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("body", models.JSONField()),
                ("digest", models.CharField(max_length=16)),
                ("valid", models.BooleanField()),
                ("at", models.DateTimeField(db_default=conversations.models.Now())),
                (
                    "release",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="certificate", to="agents.release"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SignOff",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("workflow", models.CharField(max_length=40)),
                ("version", models.CharField(max_length=16)),
                ("by", models.CharField(max_length=150)),
                ("role", models.CharField(max_length=40)),
                ("note", models.TextField()),
                ("at", models.DateTimeField(db_default=conversations.models.Now())),
            ],
            options={
                "indexes": [models.Index(fields=["workflow", "-id"], name="signoff_by_workflow")],
            },
        ),
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
    ]
