"""The generic history trigger, its tables made append-only, and the trigger on the layers below this app."""

import django.contrib.postgres.indexes
from django.db import migrations, models

from lokum.core.audit.sql import DROP_FUNCTIONS, FUNCTIONS, append_only, audit_trigger, audit_triggers


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0001_first'),
        ('access', '0002_ready_roles'),
        ('organisation', '0001_first'),
        ('desk', '0001_first'),
    ]

    operations = [
        migrations.AddField(
            model_name='auditrow',
            name='transaction_id',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='auditseal',
            name='horizon',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='auditseal',
            name='leaves',
            field=models.BinaryField(default=b''),
        ),
        migrations.AddIndex(
            model_name='auditrow',
            index=django.contrib.postgres.indexes.BrinIndex(fields=['at'], name='audit_row_at'),
        ),
        migrations.AddIndex(
            model_name='auditrow',
            index=django.contrib.postgres.indexes.BrinIndex(fields=['transaction_id'], name='audit_row_transaction'),
        ),
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        append_only("audit_auditrow", erasable=True),
        append_only("audit_auditseal"),
        append_only("audit_auditnote"),
        *audit_triggers(
            "organisation_node",
            "organisation_nodeplacement",
            "organisation_entity",
            "organisation_entityfund",
            "organisation_entitybankaccount",
            "organisation_mandate",
            "organisation_managementcontract",
            "organisation_moduleswitch",
            "organisation_packrule",
            "desk_savedview",
            "desk_importbatch",
            "access_usergroup",
            "access_usergroup_members",
            "access_role",
            "access_roleright",
            "access_grant",
            "access_grantscope",
            "access_passwordpolicy",
            "access_firstpassword",
        ),
        audit_trigger("access_user", skip=["last_login"], secret=["password"]),
        audit_trigger("access_apitoken", skip=["last_used_at"], secret=["token_hash"]),
    ]
