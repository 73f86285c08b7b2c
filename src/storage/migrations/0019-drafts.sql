-- What people of a clinic typed and have not sent, and who has a referral open: domain/referral/draft.ts
-- and presence.ts. The text is sealed with a key that the database has not.
CREATE TABLE referloop.draft (
  referral_id text COLLATE "C" NOT NULL,
  person      text COLLATE "C" NOT NULL,
  act         text COLLATE "C" NOT NULL,
  clinic_id   text COLLATE "C" NOT NULL,
  sealed      text NOT NULL,
  version     int NOT NULL,
  saved_at    timestamptz NOT NULL,
  expires_at  timestamptz NOT NULL,
  -- When it is sent by itself; later, once an instance has begun to send it.
  send_at     timestamptz,
  sending     boolean NOT NULL DEFAULT false,
  refused     text,
  PRIMARY KEY (referral_id, person, act)
);

CREATE INDEX draft_person ON referloop.draft (clinic_id, person);
CREATE INDEX draft_expiry ON referloop.draft (expires_at);
CREATE INDEX draft_held ON referloop.draft (send_at) WHERE send_at IS NOT NULL;

CREATE TABLE referloop.presence (
  referral_id text COLLATE "C" NOT NULL,
  person      text COLLATE "C" NOT NULL,
  person_name text NOT NULL,
  clinic_id   text COLLATE "C" NOT NULL,
  doing       text NOT NULL,
  seen_at     timestamptz NOT NULL,
  PRIMARY KEY (referral_id, clinic_id, person)
) WITH (fillfactor = 50);

CREATE INDEX presence_seen ON referloop.presence (seen_at);

GRANT SELECT ON referloop.draft, referloop.presence TO referloop_reader;

DO $$
DECLARE
  each text;
BEGIN
  FOREACH each IN ARRAY ARRAY['draft', 'presence'] LOOP
    EXECUTE format('ALTER TABLE referloop.%I ENABLE ROW LEVEL SECURITY', each);
    EXECUTE format('ALTER TABLE referloop.%I FORCE ROW LEVEL SECURITY', each);
    EXECUTE format($policy$
      CREATE POLICY service ON referloop.%I
        USING (current_setting('referloop.service', true) = 'on')
        WITH CHECK (current_setting('referloop.service', true) = 'on')$policy$, each);
    EXECUTE format($policy$
      CREATE POLICY tenant ON referloop.%I AS RESTRICTIVE FOR SELECT TO referloop_reader
        USING (clinic_id = current_setting('referloop.clinic', true))$policy$, each);
  END LOOP;
END
$$;
