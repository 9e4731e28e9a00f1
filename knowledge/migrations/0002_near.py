from django.db import migrations

from knowledge.index import NEAR

NEAREST = [
    migrations.RunSQL(NEAR.format(audience=audience), f"drop function knowledge_near_{audience}(halfvec, integer)")
    for audience in ("public", "internal")
]


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0001_initial")]

    operations = [
        # A setting of pgvector's may be named only in a session that has loaded it.
        migrations.RunSQL("select '[1]'::halfvec", migrations.RunSQL.noop),
        *NEAREST,
    ]
