"""Households, declarations and the source of the number of persons; the member register."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import lokum.core.base.fields
import lokum.property.estates.models.places
from django.db import migrations, models

from lokum.core.access.sql import PARTIES, of_entity, row_policy
from lokum.core.audit.sql import audit_triggers

VISIBLE_PREMISES = "EXISTS (SELECT FROM estates_premises p WHERE p.id = premises_id)"
VISIBLE_MEMBER = "EXISTS (SELECT FROM occupancy_member m WHERE m.id = member_id)"

# When a title counts as held by a member of an entity. The member register speaks for the holders who stand in it;
# where none of them does, the mark on the title holds.
TITLE_MEMBERSHIP = """
CREATE VIEW title_membership WITH (security_invoker = true) AS
SELECT t.id AS title_id, m.entity_id, t.valid * s.valid AS valid
  FROM occupancy_title t
  JOIN occupancy_titleholder h ON h.title_id = t.id
  JOIN occupancy_member m ON m.party_id = h.party_id
  JOIN occupancy_memberstatus s ON s.member_id = m.id AND s.status = 'member' AND s.valid && t.valid
UNION ALL
SELECT t.id, e.id, t.valid
  FROM occupancy_title t CROSS JOIN organisation_entity e
 WHERE t.member AND NOT EXISTS (
       SELECT FROM occupancy_titleholder h JOIN occupancy_member m ON m.party_id = h.party_id
        WHERE h.title_id = t.id AND m.entity_id = e.id);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0002_trigger'),
        ('estates', '0004_groups_and_changes'),
        ('occupancy', '0007_own_fields'),
        ('organisation', '0001_first'),
        ('parties', '0004_merge_register'),
    ]

    operations = [
        migrations.CreateModel(
            name='Member',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('number', models.CharField(max_length=20, verbose_name='member number')),
                ('sort_number', models.GeneratedField(db_persist=True, expression=lokum.property.estates.models.places.NaturalKey(models.F('number')), output_field=models.CharField(max_length=420))),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='members', to='organisation.entity', verbose_name='entity')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='parties.party', verbose_name='party')),
            ],
            options={
                'verbose_name': 'member',
                'verbose_name_plural': 'member register',
                'ordering': ('entity_id', 'sort_number'),
            },
        ),
        migrations.CreateModel(
            name='MemberContribution',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('kind', models.CharField(choices=[('entry_fee', 'Entry fee'), ('share', "Member's shares"), ('contribution', 'Housing contribution')], max_length=12, verbose_name='kind')),
                ('count', models.PositiveIntegerField(default=1, verbose_name='number of shares declared')),
                ('amount', lokum.core.base.fields.AmountField(decimal_places=2, max_digits=16, verbose_name='amount due')),
                ('paid_amount', lokum.core.base.fields.AmountField(decimal_places=2, default=0, editable=False, max_digits=16, verbose_name='paid')),
                ('due_on', models.DateField(verbose_name='due on')),
                ('document', models.CharField(blank=True, max_length=200, verbose_name='source document')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contributions', to='occupancy.member', verbose_name='member')),
            ],
            options={
                'verbose_name': 'contribution of a member',
                'verbose_name_plural': 'contributions of members',
                'ordering': ('member_id', 'due_on', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='ContributionPayment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('paid_on', models.DateField(verbose_name='paid on')),
                ('amount', lokum.core.base.fields.AmountField(decimal_places=2, max_digits=16, verbose_name='amount')),
                ('document', models.CharField(blank=True, max_length=200, verbose_name='source document')),
                ('contribution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='occupancy.membercontribution', verbose_name='contribution')),
            ],
            options={
                'verbose_name': 'payment of a contribution',
                'verbose_name_plural': 'payments of contributions',
                'ordering': ('contribution_id', 'paid_on', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='MemberStatus',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('applicant', 'Applicant'), ('member', 'Member'), ('resigned', 'Resigned'), ('struck_off', 'Struck off'), ('excluded', 'Excluded'), ('deceased', 'Deceased')], max_length=10, verbose_name='status')),
                ('valid', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='valid')),
                ('document', models.CharField(blank=True, max_length=200, verbose_name='resolution or document')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='statuses', to='occupancy.member', verbose_name='member')),
            ],
            options={
                'verbose_name': 'status of a member',
                'verbose_name_plural': 'statuses of members',
                'ordering': ('member_id', 'valid'),
            },
        ),
        migrations.CreateModel(
            name='PersonsSource',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(choices=[('register', 'Residence register'), ('declarations', 'Declarations')], max_length=12, verbose_name='persons come from')),
                ('valid', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='valid')),
                ('premises', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='persons_sources', to='estates.premises', verbose_name='premises')),
            ],
            options={
                'verbose_name': 'source of the number of persons',
                'verbose_name_plural': 'sources of the number of persons',
                'ordering': ('premises_id', 'valid'),
            },
        ),
        migrations.CreateModel(
            name='Declaration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('kind', models.CharField(choices=[('persons', 'Number of persons'), ('cold_water_forecast', 'Cold water forecast'), ('hot_water_forecast', 'Hot water forecast'), ('heat_forecast', 'Heat forecast')], max_length=24, verbose_name='what')),
                ('value', lokum.core.base.fields.QuantityField(decimal_places=4, max_digits=14, verbose_name='declared value')),
                ('valid_from', models.DateField(verbose_name='from')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('state', models.CharField(choices=[('submitted', 'submitted'), ('accepted', 'accepted'), ('refused', 'refused')], default='submitted', max_length=10, verbose_name='state')),
                ('declared_at', models.DateTimeField(verbose_name='declared at')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='decided at')),
                ('decided_by_id', models.BigIntegerField(null=True)),
                ('reason', models.CharField(blank=True, max_length=250, verbose_name='reason')),
                ('party', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='declarations', to='parties.party', verbose_name='declared by')),
                ('premises', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='declarations', to='estates.premises', verbose_name='premises')),
            ],
            options={
                'verbose_name': 'declaration',
                'verbose_name_plural': 'declarations',
                'ordering': ('-pk',),
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'submitted')), fields=('premises', 'kind'), name='declaration_open_once'), models.CheckConstraint(condition=models.Q(('value__gte', 0)), name='declaration_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='HouseholdMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('name', models.CharField(blank=True, help_text='For a person who is not among the people kept here.', max_length=200, verbose_name='name')),
                ('role', models.CharField(choices=[('owner', 'Owner'), ('family', 'Family member'), ('tenant', 'Tenant'), ('staff', 'Household staff')], max_length=8, verbose_name='role')),
                ('counted', models.BooleanField(default=True, help_text='Counts in the number of persons that is charged.', verbose_name='lives here')),
                ('valid', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='valid')),
                ('document', models.CharField(blank=True, max_length=200, verbose_name='source document')),
                ('party', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='households', to='parties.party', verbose_name='party')),
                ('premises', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='household', to='estates.premises', verbose_name='premises')),
            ],
            options={
                'verbose_name': 'household member',
                'verbose_name_plural': 'household members',
                'ordering': ('premises_id', 'valid', 'pk'),
                'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('party__isnull', False)), expressions=[('premises', '='), ('party', '='), ('valid', '&&')], name='household_party_once'), models.CheckConstraint(condition=models.Q(('party__isnull', False), models.Q(('name', ''), _negated=True), _connector='OR'), name='household_member_named', violation_error_message='Name the person, or choose one of the people kept here.'), models.CheckConstraint(condition=models.Q(('valid__startswith__isnull', False)), name='household_member_begins')],
            },
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.UniqueConstraint(fields=('entity', 'number'), name='member_number_once', violation_error_message='This number is taken in the member register.'),
        ),
        migrations.AddConstraint(
            model_name='membercontribution',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('count__gte', 1)), name='member_contribution_positive', violation_error_message='The amount and the number are above zero.'),
        ),
        migrations.AddConstraint(
            model_name='membercontribution',
            constraint=models.CheckConstraint(condition=models.Q(('paid_amount__gte', 0), ('paid_amount__lte', models.F('amount'))), name='member_contribution_not_overpaid', violation_error_message='More than is due cannot be paid, and not less than was paid be due.'),
        ),
        migrations.AddConstraint(
            model_name='contributionpayment',
            constraint=models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='contribution_payment_not_zero'),
        ),
        migrations.AddConstraint(
            model_name='memberstatus',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('member', '='), ('valid', '&&')], name='member_status_no_overlap'),
        ),
        migrations.AddConstraint(
            model_name='personssource',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('premises', '='), ('valid', '&&')], name='persons_source_no_overlap'),
        ),
        migrations.AddConstraint(
            model_name='personssource',
            constraint=models.CheckConstraint(condition=models.Q(('valid__startswith__isnull', False)), name='persons_source_begins'),
        ),
        migrations.RunSQL(TITLE_MEMBERSHIP, "DROP VIEW title_membership"),
        *audit_triggers(
            "occupancy_householdmember",
            "occupancy_personssource",
            "occupancy_declaration",
            "occupancy_member",
            "occupancy_memberstatus",
            "occupancy_membercontribution",
            "occupancy_contributionpayment",
        ),
        row_policy("occupancy_householdmember", VISIBLE_PREMISES),
        row_policy("occupancy_personssource", VISIBLE_PREMISES),
        row_policy("occupancy_declaration", VISIBLE_PREMISES),
        row_policy("occupancy_member", f"party_id = ANY {PARTIES} OR {of_entity('entity_id')}"),
        row_policy("occupancy_memberstatus", VISIBLE_MEMBER),
        row_policy("occupancy_membercontribution", VISIBLE_MEMBER),
        row_policy(
            "occupancy_contributionpayment",
            "EXISTS (SELECT FROM occupancy_membercontribution c WHERE c.id = contribution_id)",
        ),
    ]
