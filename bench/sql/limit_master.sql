-- :count payers in houses of a hundred, eight components over four bases; the prices are published ones
-- (sm-radymno.pl, zsm.zgierz.com.pl), those that ours charges.
INSERT INTO ledger_account VALUES (1, '200 receivables'), (2, '100 bank'), (3, '240 to be cleared');
INSERT INTO ledger_account SELECT 10 + one, '70' || one FROM generate_series(1, 8) one;
INSERT INTO component SELECT one, (ARRAY[1, 1, 1, 2, 2, 3, 4, 3])[one], 10 + one FROM generate_series(1, 8) one;
INSERT INTO building SELECT one FROM generate_series(1, greatest(%(count)s / 100, 1)) one;
INSERT INTO premises SELECT one, least((one - 1) / 100 + 1, greatest(%(count)s / 100, 1)) FROM generate_series(1, %(count)s) one;
INSERT INTO payer SELECT one, one, '99' || lpad(one::text, 24, '0') FROM generate_series(1, %(count)s) one;
INSERT INTO balance SELECT one, 0 FROM generate_series(1, %(count)s) one;
INSERT INTO basis
  SELECT p.id, kind, '2000-01-01', '2100-01-01',
         CASE kind WHEN 1 THEN 28 + (p.id * 7919 %% 6000) / 100.0 WHEN 2 THEN 1 + p.id %% 5 WHEN 3 THEN 1
                   ELSE 2 + (p.id * 31 %% 900) / 100.0 END
  FROM premises p, generate_series(1, 4) kind;
INSERT INTO tariff
  SELECT b.id, one, '2000-01-01', '2100-01-01',
         (ARRAY[1.24, 1.30, 1.98, 30.00, 8.40, 1.00, 11.1564, 3.00])[one]
  FROM building b, generate_series(1, 8) one;
INSERT INTO counter VALUES ('document', 0), ('posting', 0);
