"""Whether a capability of a pack is asked for at the moment."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tools", "0003_more_writes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Breaker",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pack", models.CharField(max_length=60)),
                ("capability", models.CharField(max_length=40)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("closed", "Closed: calls go through"),
                            ("open", "Open: no call goes through"),
                            ("half_open", "Half-open: one call tries"),
                        ],
                        default="closed",
                        max_length=10,
                    ),
                ),
                ("failures", models.PositiveIntegerField(default=0)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("pauses", models.PositiveSmallIntegerField(default=0)),
                ("trial", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("pack", "capability"), name="one_breaker")],
            },
        ),
    ]
