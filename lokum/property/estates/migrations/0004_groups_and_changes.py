"""Districts and groups of premises, and the record of changes of facts."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models

from lokum.core.audit.sql import audit_triggers
from lokum.core.access.sql import row_policy

# A member repeats the kind of its group; the pair of columns refers to the pair over there and follows it.
KIND_OF_GROUP = """
ALTER TABLE estates_premisesgroup ADD CONSTRAINT premises_group_kind UNIQUE (id, kind);
ALTER TABLE estates_groupmember ADD CONSTRAINT group_member_kind FOREIGN KEY (group_id, kind)
  REFERENCES estates_premisesgroup (id, kind) ON UPDATE CASCADE ON DELETE CASCADE;
"""

# Which premises are in which group when; a building stands for all its premises. It shows what the reader may see.
MEMBERSHIP = """
CREATE VIEW group_membership WITH (security_invoker = true) AS
SELECT m.premises_id, m.group_id, m.valid FROM estates_groupmember m WHERE m.premises_id IS NOT NULL
UNION ALL
SELECT p.id, m.group_id, m.valid FROM estates_groupmember m JOIN estates_premises p ON p.building_id = m.building_id;
"""

# Rows are added and never changed by the application; they go with their premises.
REVOKE_UPDATE = migrations.RunSQL(
    """
    DO $$ DECLARE role_name text; BEGIN
      FOREACH role_name IN ARRAY ARRAY['lokum_app', 'lokum_jobs'] LOOP
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
          EXECUTE format('REVOKE UPDATE ON estates_factchange FROM %I', role_name);
        END IF;
      END LOOP;
    END $$;
    """,
    migrations.RunSQL.noop,
)


class Migration(migrations.Migration):

    dependencies = [
        ('estates', '0003_history_and_walls'),
        ('organisation', '0001_first'),
        ('access', '0001_first'),
        ('audit', '0002_trigger'),
    ]

    operations = [
        migrations.CreateModel(
            name='PremisesGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('code', models.CharField(max_length=20, unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=150, verbose_name='name')),
                ('kind', models.CharField(choices=[('district', 'District'), ('free', 'Free group')], max_length=10, verbose_name='kind')),
                ('precedence', models.PositiveSmallIntegerField(default=100, help_text='Premises in several groups follow the one with the smaller number, then the earlier code.', verbose_name='precedence')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('node', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='groups', to='organisation.node', verbose_name='managed by')),
            ],
            options={
                'verbose_name': 'group of premises',
                'verbose_name_plural': 'districts and groups',
                'ordering': ('kind', 'precedence', 'code'),
            },
        ),
        migrations.CreateModel(
            name='FactChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('usable_area', 'Usable area'), ('heated_area', 'Heated area'), ('cellar_area', 'Cellar area'), ('balcony_area', 'Balcony area'), ('built_area', 'Built-up area'), ('inner_area', 'Inner area'), ('common_share_area', 'Share of common area'), ('rooms', 'Rooms'), ('coefficient', 'Coefficient'), ('persons', 'Number of persons'), ('cold_water_forecast', 'Cold water forecast'), ('hot_water_forecast', 'Hot water forecast'), ('heat_forecast', 'Heat forecast'), ('water_meters', 'Water meters'), ('sockets', 'Sockets'), ('owner', 'Owner'), ('share', 'Ownership share'), ('cost_share', 'Cost share'), ('area_share', 'Share of exclusive area'), ('membership', 'Membership'), ('agreement', 'Agreement'), ('group', 'Group of premises')], max_length=24, verbose_name='what')),
                ('effective_from', models.DateField(verbose_name='from')),
                ('effective_to', models.DateField(null=True, verbose_name='last day')),
                ('old_value', models.CharField(blank=True, max_length=200, verbose_name='old value')),
                ('new_value', models.CharField(blank=True, max_length=200, verbose_name='new value')),
                ('source', models.CharField(blank=True, max_length=200, verbose_name='source document')),
                ('recorded_at', models.DateTimeField(verbose_name='recorded at')),
                ('actor_id', models.BigIntegerField(null=True)),
                ('actor_label', models.CharField(blank=True, max_length=150, verbose_name='recorded by')),
                ('backdated', models.BooleanField(default=False, verbose_name='back in time')),
                ('premises', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='fact_changes', to='estates.premises', verbose_name='premises')),
            ],
            options={
                'verbose_name': 'change of a fact',
                'verbose_name_plural': 'changes of facts',
                'ordering': ('-pk',),
                'indexes': [models.Index(fields=['premises', 'effective_from'], name='fact_change_of_premises')],
            },
        ),
        migrations.CreateModel(
            name='GroupMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('district', 'District'), ('free', 'Free group')], editable=False, max_length=10, verbose_name='kind')),
                ('valid', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='valid')),
                ('building', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='estates.building', verbose_name='building')),
                ('premises', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='estates.premises', verbose_name='premises')),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='estates.premisesgroup', verbose_name='group of premises')),
            ],
            options={
                'verbose_name': 'place in a group',
                'verbose_name_plural': 'places in groups',
                'ordering': ('group_id', 'pk'),
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('building__isnull', False), ('premises__isnull', True)), models.Q(('building__isnull', True), ('premises__isnull', False)), _connector='OR'), name='group_member_is_one_place'), models.CheckConstraint(condition=models.Q(('kind', 'free'), ('premises__isnull', True), _connector='OR'), name='district_of_whole_buildings', violation_error_message='A district takes whole buildings only.'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('building__isnull', False)), expressions=[('group', '='), ('building', '='), ('valid', '&&')], name='group_building_once'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('premises__isnull', False)), expressions=[('group', '='), ('premises', '='), ('valid', '&&')], name='group_premises_once'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('kind', 'district')), expressions=[('building', '='), ('valid', '&&')], name='building_in_one_district')],
            },
        ),
        migrations.RunSQL(
            KIND_OF_GROUP,
            """
            ALTER TABLE estates_groupmember DROP CONSTRAINT group_member_kind;
            ALTER TABLE estates_premisesgroup DROP CONSTRAINT premises_group_kind;
            """,
        ),
        migrations.RunSQL(MEMBERSHIP, "DROP VIEW group_membership"),
        *audit_triggers("estates_premisesgroup", "estates_groupmember"),
        REVOKE_UPDATE,
        row_policy("estates_factchange", "EXISTS (SELECT FROM estates_premises p WHERE p.id = premises_id)"),
    ]
