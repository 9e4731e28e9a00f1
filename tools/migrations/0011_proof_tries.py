"""Who guesses the address that goes with an order is counted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tools", "0010_breaker"),
    ]

    operations = [
        migrations.CreateModel(
            name="ProofTry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=64)),
                ("at", models.DateTimeField(db_index=True)),
            ],
            options={
                "indexes": [models.Index(fields=["key", "-at"], name="proof_by_key")],
            },
        ),
    ]
