"""The red switch: what of the agent is paused, by whom and why."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import conversations.models
from conversations import pauses


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0003_codes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Pause",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("all", "Everything"),
                            ("writes", "All writes"),
                            ("intent", "One intent"),
                            ("channel", "One channel"),
                        ],
                        max_length=10,
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=60)),
                ("paused_at", models.DateTimeField(db_default=conversations.models.Now())),
                ("why", models.CharField(max_length=300)),
                ("resumed_at", models.DateTimeField(blank=True, null=True)),
                ("resumed_why", models.CharField(blank=True, max_length=300)),
                (
                    "paused_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="pauses", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "resumed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="resumed",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("resumed_at__isnull", True)), fields=("scope", "name"), name="one_pause"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("name", ""), ("scope__in", ["all", "writes"])),
                            models.Q(("scope__in", ["intent", "channel"]), models.Q(("name", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="pause_says_what",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("resumed_at__isnull", True), ("resumed_by__isnull", True)),
                            models.Q(("resumed_at__isnull", False), ("resumed_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="resumed_by_somebody",
                    ),
                ],
            },
        ),
        migrations.RunSQL(pauses.TRIGGERS, ""),
    ]
