"""How far an import came, and what a source last said of each article."""

import django.db.models.deletion
from django.db import migrations, models

import conversations.models


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0014_audit"),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=40)),
                ("fingerprint", models.CharField(help_text="Of the names and sizes in the source.", max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[("running", "Running"), ("stopped", "Stopped"), ("done", "Done")],
                        default="running",
                        max_length=10,
                    ),
                ),
                ("place", models.PositiveIntegerField(default=0, help_text="Items that are behind it.")),
                ("total", models.PositiveIntegerField()),
                ("counts", models.JSONField(default=dict)),
                ("told", models.JSONField(default=list)),
                ("started_at", models.DateTimeField(db_default=conversations.models.Now())),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ("-pk",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("state", "running")),
                            models.Q(models.Q(("state", "running"), _negated=True), ("ended_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="import_ended_when_done",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Imported",
            fields=[
                (
                    "article",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="imported",
                        serialize=False,
                        to="knowledge.article",
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="seen", to="knowledge.importrun"
                    ),
                ),
            ],
        ),
    ]
