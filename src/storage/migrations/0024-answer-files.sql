-- Documents that a practice has added to an answer that it has not sent yet.
CREATE TABLE referloop.answer_file (
  id            text COLLATE "C" PRIMARY KEY,
  referral_id   text COLLATE "C" NOT NULL,
  referrer_id   text COLLATE "C" NOT NULL,
  name          text NOT NULL,
  type          text NOT NULL,
  -- SHA-256 of the bytes: pressed twice, it is there once.
  digest        text COLLATE "C" NOT NULL,
  bytes         bytea NOT NULL,
  saved_at      timestamptz NOT NULL,
  saved_by      text NOT NULL,
  saved_by_name text NOT NULL,
  UNIQUE (referral_id, digest)
);

-- Images and PDFs are packed already; bytes are read whole.
ALTER TABLE referloop.answer_file ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- The second wall of 0003: it is its practice's alone.
GRANT SELECT ON referloop.answer_file TO referloop_reader;
ALTER TABLE referloop.answer_file ENABLE ROW LEVEL SECURITY;
ALTER TABLE referloop.answer_file FORCE ROW LEVEL SECURITY;
CREATE POLICY service ON referloop.answer_file
  USING (current_setting('referloop.service', true) = 'on')
  WITH CHECK (current_setting('referloop.service', true) = 'on');
CREATE POLICY tenant ON referloop.answer_file AS RESTRICTIVE FOR SELECT TO referloop_reader
  USING (referrer_id = current_setting('referloop.referrer', true));
