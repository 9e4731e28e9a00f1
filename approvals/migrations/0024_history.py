"""The history, newest first."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0023_question"),
        ("tools", "0011_proof_tries"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="approvalrequest",
            index=models.Index(
                condition=models.Q(("status", "pending"), _negated=True),
                fields=["-moved_at", "-id"],
                name="request_by_end",
            ),
        ),
    ]
