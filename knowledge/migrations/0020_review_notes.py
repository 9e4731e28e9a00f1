"""Why a reviewer sent a version back."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import conversations.models


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0019_help_votes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReviewNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("why", models.CharField(max_length=500)),
                ("at", models.DateTimeField(db_default=conversations.models.Now())),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="notes", to="knowledge.articleversion"
                    ),
                ),
            ],
            options={
                "ordering": ("-at",),
            },
        ),
    ]
