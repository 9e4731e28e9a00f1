"""What readers say of an article, and a finding for one that doesn't help them."""

import django.db.models.deletion
from django.db import migrations, models

import conversations.models


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0018_ready_vectors"),
    ]

    operations = [
        migrations.AlterField(
            model_name="finding",
            name="kind",
            field=models.CharField(
                choices=[
                    ("outdated", "Outdated"),
                    ("contradictory", "Contradictory"),
                    ("ambiguous", "Ambiguous"),
                    ("unused", "Unused"),
                    ("answers_differ", "Answers differ"),
                    ("unhelpful", "Doesn't help"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="HelpVote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("voter", models.CharField(max_length=64)),
                ("helpful", models.BooleanField()),
                ("comment", models.CharField(blank=True, db_default="", help_text="What was missing.", max_length=500)),
                ("at", models.DateTimeField(db_default=conversations.models.Now())),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="votes", to="knowledge.articleversion"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("version", "voter"), name="one_vote_a_version"),
                    models.CheckConstraint(
                        condition=models.Q(("helpful", False), ("comment", ""), _connector="OR"), name="comment_on_a_no"
                    ),
                ],
            },
        ),
    ]
