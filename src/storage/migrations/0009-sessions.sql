-- People at the worklist. None of this is a patient's; the role that requests read as
-- (referloop_reader of 0003) has no right to these tables.

-- Somebody who is signed in, found by the SHA-256 of what the browser has.
CREATE TABLE referloop.session (
  digest       text COLLATE "C" PRIMARY KEY,
  id           text NOT NULL,
  role         text NOT NULL,
  organization text NOT NULL,
  person       text NOT NULL,
  person_name  text NOT NULL,
  started_at   timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL
) WITH (fillfactor = 50);

CREATE INDEX session_started ON referloop.session (started_at);

-- A sign-in on its way through an EHR, found by the SHA-256 of its state; taken out when it comes back.
CREATE TABLE referloop.sign_in_attempt (
  digest     text COLLATE "C" PRIMARY KEY,
  expires_at timestamptz NOT NULL,
  -- JSON, encrypted with a key that the database has not.
  sealed     text NOT NULL
);

CREATE INDEX sign_in_attempt_expiry ON referloop.sign_in_attempt (expires_at);

-- Who acted through a client, where a person did; hashed into the chain where it is there.
ALTER TABLE referloop.audit_event
  ADD COLUMN person      text,
  ADD COLUMN person_name text;
