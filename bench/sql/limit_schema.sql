-- The least that could hold the same facts: the tables a charge run and a bank statement write, with the keys,
-- indexes and foreign keys a careful person would give them, and nothing of the product around them.
CREATE TABLE ledger_account (id int PRIMARY KEY, code text NOT NULL UNIQUE);
CREATE TABLE component (id smallint PRIMARY KEY, basis smallint NOT NULL, ledger_account_id int NOT NULL REFERENCES ledger_account);
CREATE TABLE building (id int PRIMARY KEY);
CREATE TABLE premises (id int PRIMARY KEY, building_id int NOT NULL REFERENCES building);
CREATE TABLE payer (id int PRIMARY KEY, premises_id int NOT NULL REFERENCES premises, number text NOT NULL UNIQUE);
CREATE TABLE basis (
  premises_id int NOT NULL REFERENCES premises, kind smallint NOT NULL, valid_from date NOT NULL, valid_to date NOT NULL,
  quantity numeric(12,3) NOT NULL, PRIMARY KEY (premises_id, kind, valid_from));
CREATE TABLE tariff (
  building_id int NOT NULL REFERENCES building, component_id smallint NOT NULL REFERENCES component,
  valid_from date NOT NULL, valid_to date NOT NULL, price numeric(12,4) NOT NULL,
  PRIMARY KEY (building_id, component_id, valid_from));
CREATE TABLE counter (name text PRIMARY KEY, last bigint NOT NULL);
CREATE TABLE document (
  id bigint PRIMARY KEY, kind smallint NOT NULL, payer_id int REFERENCES payer, month date NOT NULL, number text NOT NULL,
  booked_on date NOT NULL, due_on date, total numeric(14,2) NOT NULL);
CREATE TABLE document_contents (document_id bigint PRIMARY KEY REFERENCES document, contents jsonb NOT NULL)
  WITH (toast_tuple_target = 4080);
CREATE TABLE document_line (
  document_id bigint NOT NULL REFERENCES document, component_id smallint NOT NULL REFERENCES component,
  quantity numeric(12,3) NOT NULL, price numeric(12,4) NOT NULL, amount numeric(14,2) NOT NULL, explanation jsonb NOT NULL,
  PRIMARY KEY (document_id, component_id));
CREATE TABLE posting (
  id bigint PRIMARY KEY, document_id bigint NOT NULL REFERENCES document,
  ledger_account_id int NOT NULL REFERENCES ledger_account, payer_id int REFERENCES payer, component_id smallint,
  booked_on date NOT NULL, debit numeric(14,2) NOT NULL DEFAULT 0, credit numeric(14,2) NOT NULL DEFAULT 0,
  CHECK (debit >= 0 AND credit >= 0 AND (debit = 0 OR credit = 0)));
CREATE TABLE open_item (
  document_id bigint PRIMARY KEY REFERENCES document, payer_id int NOT NULL REFERENCES payer, due_on date NOT NULL,
  amount numeric(14,2) NOT NULL, open numeric(14,2) NOT NULL CHECK (open > 0)) WITH (fillfactor = 80);
CREATE TABLE open_credit (
  document_id bigint PRIMARY KEY REFERENCES document, payer_id int NOT NULL, booked_on date NOT NULL,
  open numeric(14,2) NOT NULL CHECK (open > 0));
CREATE TABLE balance (payer_id int PRIMARY KEY REFERENCES payer, amount numeric(16,2) NOT NULL) WITH (fillfactor = 50);
CREATE TABLE bank_entry (
  id bigint GENERATED ALWAYS AS IDENTITY, statement_id int NOT NULL, reference text NOT NULL UNIQUE, number text NOT NULL,
  amount numeric(14,2) NOT NULL, booked_on date NOT NULL, sender text NOT NULL, title text NOT NULL);
CREATE TABLE allocation (
  payment_id bigint NOT NULL REFERENCES document, document_id bigint NOT NULL REFERENCES document, payer_id int NOT NULL,
  amount numeric(14,2) NOT NULL, PRIMARY KEY (payment_id, document_id));
CREATE INDEX premises_building ON premises (building_id);
CREATE INDEX payer_premises ON payer (premises_id);
CREATE UNIQUE INDEX charged_once ON document (payer_id, month) WHERE kind = 1;
CREATE UNIQUE INDEX document_number ON document (kind, number);
CREATE INDEX posting_sheet ON posting (payer_id, booked_on, id) INCLUDE (debit, credit) WHERE payer_id IS NOT NULL;
CREATE INDEX posting_document ON posting (document_id);
CREATE INDEX posting_day ON posting USING brin (booked_on);
CREATE INDEX open_item_payer ON open_item (payer_id, due_on, document_id);
CREATE INDEX open_credit_payer ON open_credit (payer_id);
CREATE INDEX allocation_document ON allocation (document_id);
