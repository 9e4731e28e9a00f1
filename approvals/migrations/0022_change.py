"""A yes to less than was asked for."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import conversations.models


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0021_looking"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("operator", "Operator"),
                            ("billing_specialist", "Billing specialist"),
                            ("manager", "Manager"),
                        ],
                        max_length=30,
                    ),
                ),
                ("args", models.JSONField()),
                ("args_hash", models.CharField(max_length=64)),
                ("amount_cents", models.BigIntegerField()),
                ("reason", models.CharField(max_length=500)),
                ("at", models.DateTimeField(db_default=conversations.models.Now())),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="changes", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "request",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="change",
                        to="approvals.approvalrequest",
                    ),
                ),
                (
                    "used_for",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="carried",
                        to="approvals.approvalrequest",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("used_for__isnull", True)), fields=["args_hash"], name="change_unused"
                    )
                ],
            },
        ),
    ]
