"""Articles for customers of a tier: an index for each audience, as the public and the internal one have."""

import pgvector.django.indexes
from django.db import migrations, models

from knowledge.index import NEAR

ADDED = ("premium", "enterprise", "tiers")


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0016_examples"),
    ]

    operations = [
        migrations.AlterField(
            model_name="article",
            name="audience",
            field=models.CharField(
                choices=[
                    ("public", "Customers"),
                    ("premium", "Premium customers"),
                    ("enterprise", "Enterprise customers"),
                    ("tiers", "Premium and enterprise customers"),
                    ("internal", "Operators only"),
                ],
                default="internal",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="passage",
            name="audience",
            field=models.CharField(
                choices=[
                    ("public", "Customers"),
                    ("premium", "Premium customers"),
                    ("enterprise", "Enterprise customers"),
                    ("tiers", "Premium and enterprise customers"),
                    ("internal", "Operators only"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="passagevector",
            name="audience",
            field=models.CharField(
                choices=[
                    ("public", "Customers"),
                    ("premium", "Premium customers"),
                    ("enterprise", "Enterprise customers"),
                    ("tiers", "Premium and enterprise customers"),
                    ("internal", "Operators only"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="posting",
            name="audience",
            field=models.CharField(
                choices=[
                    ("public", "Customers"),
                    ("premium", "Premium customers"),
                    ("enterprise", "Enterprise customers"),
                    ("tiers", "Premium and enterprise customers"),
                    ("internal", "Operators only"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="passagevector",
            index=pgvector.django.indexes.HnswIndex(
                condition=models.Q(("audience", "premium")),
                ef_construction=64,
                fields=["embedding"],
                m=16,
                name="vector_premium",
                opclasses=["halfvec_cosine_ops"],
            ),
        ),
        migrations.AddIndex(
            model_name="passagevector",
            index=pgvector.django.indexes.HnswIndex(
                condition=models.Q(("audience", "enterprise")),
                ef_construction=64,
                fields=["embedding"],
                m=16,
                name="vector_enterprise",
                opclasses=["halfvec_cosine_ops"],
            ),
        ),
        migrations.AddIndex(
            model_name="passagevector",
            index=pgvector.django.indexes.HnswIndex(
                condition=models.Q(("audience", "tiers")),
                ef_construction=64,
                fields=["embedding"],
                m=16,
                name="vector_tiers",
                opclasses=["halfvec_cosine_ops"],
            ),
        ),
        # A setting of pgvector's may be named only in a session that has loaded it.
        migrations.RunSQL("select '[1]'::halfvec", migrations.RunSQL.noop),
        *[migrations.RunSQL(NEAR.format(audience=a), migrations.RunSQL.noop) for a in ADDED],
    ]
