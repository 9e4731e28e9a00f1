"""What customers say of their conversations."""

import django.db.models.deletion
from django.db import migrations, models

import conversations.models


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0022_unfinished"),
    ]

    operations = [
        migrations.CreateModel(
            name="Survey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("asked_at", models.DateTimeField(db_default=conversations.models.Now())),
                ("score", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("comment", models.CharField(blank=True, db_default="", max_length=1000)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("declined_at", models.DateTimeField(blank=True, null=True)),
                (
                    "conversation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="survey",
                        to="conversations.conversation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answered_at__isnull", True), ("comment", ""), ("score__isnull", True)),
                            models.Q(("answered_at__isnull", False), ("score__range", (1, 5))),
                            _connector="OR",
                        ),
                        name="score_is_one_to_five",
                    )
                ],
            },
        ),
    ]
