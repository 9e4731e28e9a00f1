from django.db import migrations

from knowledge.index import NEAR


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0001_initial")]

    operations = [
        migrations.RunSQL(NEAR.format(audience=audience), f"drop function knowledge_near_{audience}(halfvec, integer)")
        for audience in ("public", "internal")
    ]
