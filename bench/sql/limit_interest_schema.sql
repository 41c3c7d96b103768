-- What an interest run writes: a note a payer with its contents, a document a debt, the rows of its calculation.
CREATE TABLE interest_rate (valid_from date PRIMARY KEY, valid_to date NOT NULL, rate numeric(7,4) NOT NULL);
CREATE TABLE due_move (day date PRIMARY KEY, moved date NOT NULL);
CREATE TABLE interest_note (
  id bigint PRIMARY KEY, payer_id int NOT NULL REFERENCES payer, number text NOT NULL UNIQUE, through_on date NOT NULL,
  total numeric(14,2) NOT NULL);
CREATE TABLE interest_note_contents (note_id bigint PRIMARY KEY REFERENCES interest_note, contents jsonb NOT NULL)
  WITH (toast_tuple_target = 4080);
CREATE TABLE interest_line (
  document_id bigint PRIMARY KEY REFERENCES document, note_id bigint NOT NULL REFERENCES interest_note,
  debt_id bigint NOT NULL REFERENCES document, through_on date NOT NULL, total numeric(14,2) NOT NULL,
  amount numeric(14,2) NOT NULL);
CREATE TABLE interest_span (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, document_id bigint NOT NULL REFERENCES interest_line,
  after_on date NOT NULL, to_on date NOT NULL, principal numeric(14,2) NOT NULL, rate numeric(7,4) NOT NULL);
CREATE INDEX interest_span_line ON interest_span (document_id);
CREATE INDEX interest_note_payer ON interest_note (payer_id);
CREATE INDEX interest_line_note ON interest_line (note_id);
CREATE INDEX interest_line_debt ON interest_line (debt_id)
