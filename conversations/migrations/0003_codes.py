"""One-time codes that were sent, and what was typed for them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0002_sign_in"),
    ]

    operations = [
        migrations.CreateModel(
            name="SentCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("nonce", models.UUIDField(editable=False, unique=True)),
                ("sent_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("void_at", models.DateTimeField(blank=True, null=True)),
                ("proven_at", models.DateTimeField(blank=True, null=True)),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="codes",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="codes", to="conversations.customer"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CodeTry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seq", models.PositiveIntegerField()),
                ("right", models.BooleanField()),
                ("at", models.DateTimeField()),
                (
                    "code",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tries", to="conversations.sentcode"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="sentcode",
            index=models.Index(fields=["conversation", "-sent_at"], name="code_of_talk"),
        ),
        migrations.AddIndex(
            model_name="sentcode",
            index=models.Index(fields=["customer", "-sent_at"], name="code_of_customer"),
        ),
        migrations.AddConstraint(
            model_name="sentcode",
            constraint=models.UniqueConstraint(
                condition=models.Q(("proven_at__isnull", True), ("void_at__isnull", True)),
                fields=("customer",),
                name="one_open_code",
            ),
        ),
        migrations.AddConstraint(
            model_name="codetry",
            constraint=models.UniqueConstraint(fields=("code", "seq"), name="one_try_a_message"),
        ),
    ]
