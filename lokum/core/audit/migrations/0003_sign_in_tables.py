"""History of second factors, proven addresses and outside identities (tables of the sign-in library)."""

from django.db import migrations

from lokum.core.audit.sql import audit_trigger


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_trigger"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
    ]
    operations = [
        audit_trigger("mfa_authenticator", skip=["last_used_at"], secret=["data"]),
        audit_trigger("account_emailaddress"),
        audit_trigger("socialaccount_socialaccount", skip=["last_login"], secret=["extra_data"]),
    ]
