"""What a conversation has taken of its caps."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agents", "0002_more_writes"),
        ("conversations", "0002_sign_in"),
    ]

    operations = [
        migrations.CreateModel(
            name="Spend",
            fields=[
                (
                    "conversation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="spend",
                        serialize=False,
                        to="conversations.conversation",
                    ),
                ),
                ("attempt", models.PositiveIntegerField()),
                ("began", models.DateTimeField()),
                ("steps", models.BigIntegerField(default=0)),
                ("calls", models.BigIntegerField(default=0)),
                ("seconds", models.BigIntegerField(default=0)),
                ("held_steps", models.BigIntegerField(default=0)),
                ("held_calls", models.BigIntegerField(default=0)),
                ("held_seconds", models.BigIntegerField(default=0)),
                ("tokens", models.BigIntegerField(default=0)),
                ("cost_micros", models.BigIntegerField(default=0)),
                ("turn_tokens", models.BigIntegerField(default=0)),
                ("turn_cost_micros", models.BigIntegerField(default=0)),
            ],
        ),
    ]
