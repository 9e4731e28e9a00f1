"""Whose vectors the index holds, and those that are made before they are needed."""

import pgvector.django.halfvec
from django.db import migrations, models

import conversations.models


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0017_tiers"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReadyVector",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "model", "digest", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("model", models.CharField(max_length=60)),
                ("digest", models.CharField(help_text="Of the text, which isn't kept.", max_length=64)),
                ("embedding", pgvector.django.halfvec.HalfVectorField(dimensions=384)),
                ("made_at", models.DateTimeField(db_default=conversations.models.Now())),
            ],
        ),
        migrations.AddField(
            model_name="corpus",
            name="model",
            field=models.CharField(
                db_default="", default="", help_text="Whose vectors the index holds.", max_length=60
            ),
        ),
        # Whatever stands in an index today was made by this one.
        migrations.RunSQL("update knowledge_corpus set model = 'minilm-0.1.0-g3'", migrations.RunSQL.noop),
    ]
