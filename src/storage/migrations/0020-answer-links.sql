-- Links that open one referral to its practice, and whom they let in. Of a secret, a code, and what
-- a browser keeps there is the SHA-256 only.
CREATE TABLE referloop.answer_link (
  id             text COLLATE "C" PRIMARY KEY,
  referral_id    text COLLATE "C" NOT NULL,
  referrer_id    text COLLATE "C" NOT NULL,
  clinic_id      text COLLATE "C" NOT NULL,
  secret_digest  text COLLATE "C" NOT NULL UNIQUE,
  code_digest    text COLLATE "C" NOT NULL UNIQUE,
  kept_digest    text COLLATE "C" UNIQUE,
  created_at     timestamptz NOT NULL,
  expires_at     timestamptz NOT NULL,
  opened_at      timestamptz,
  ended_at       timestamptz,
  asked_again_at timestamptz,
  tries          smallint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);

-- One live link a referral.
CREATE UNIQUE INDEX answer_link_live ON referloop.answer_link (referral_id) WHERE ended_at IS NULL;
CREATE INDEX answer_link_referral ON referloop.answer_link (referral_id, created_at);

-- The second wall of 0003; the reader sees no digest.
GRANT SELECT (id, referral_id, referrer_id, clinic_id, created_at, expires_at, opened_at, ended_at,
    asked_again_at)
  ON referloop.answer_link TO referloop_reader;
ALTER TABLE referloop.answer_link ENABLE ROW LEVEL SECURITY;
ALTER TABLE referloop.answer_link FORCE ROW LEVEL SECURITY;
CREATE POLICY service ON referloop.answer_link
  USING (current_setting('referloop.service', true) = 'on')
  WITH CHECK (current_setting('referloop.service', true) = 'on');
CREATE POLICY tenant ON referloop.answer_link AS RESTRICTIVE FOR SELECT TO referloop_reader
  USING (
    referrer_id = current_setting('referloop.referrer', true)
    OR (clinic_id = current_setting('referloop.clinic', true) AND EXISTS (
      SELECT FROM referloop.referral r
      WHERE r.id = referral_id AND r.clinic_id = answer_link.clinic_id))
  );

-- A session that a link began is of that one referral, and ends with the link.
ALTER TABLE referloop.session
  ADD COLUMN link        text COLLATE "C",
  ADD COLUMN referral_id text COLLATE "C";
CREATE INDEX session_link ON referloop.session (link) WHERE link IS NOT NULL;

-- Whoever has the clinic's list open is told that a practice waits for another link.
CREATE FUNCTION referloop.tell_of_asking() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('referloop_referral',
    concat_ws(' ', r.id, r.version, r.referrer_id,
      CASE WHEN r.with_clinic_since IS NOT NULL THEN r.clinic_id END))
  FROM referloop.referral r WHERE r.id = NEW.referral_id;
  RETURN NULL;
END
$$;

CREATE TRIGGER answer_link_asked
  AFTER UPDATE OF asked_again_at ON referloop.answer_link
  FOR EACH ROW EXECUTE FUNCTION referloop.tell_of_asking();
