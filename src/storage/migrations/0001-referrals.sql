-- What the loop keeps. Every row bears its tenants (referrer_id, clinic_id), so that row-level
-- security can be switched on later without a change of shape.
-- Keys compare bytewise: COLLATE "C" is the order that paging promises and the fastest one.

CREATE SCHEMA IF NOT EXISTS referloop;

-- One row per referral. fillfactor: a status change finds room on its own page (HOT update).
CREATE TABLE referloop.referral (
  id                text COLLATE "C" PRIMARY KEY,
  task_id           text COLLATE "C" NOT NULL UNIQUE,
  patient_id        text COLLATE "C" NOT NULL,
  referrer_id       text COLLATE "C" NOT NULL,
  clinic_id         text COLLATE "C" NOT NULL,
  identifiers       text[] NOT NULL,
  digest            text NOT NULL,
  submitted         text[] NOT NULL,
  version           integer NOT NULL CHECK (version > 0),
  status            text NOT NULL,
  business_status   text NOT NULL,
  priority          text NOT NULL,
  overall           text NOT NULL,
  participants      text[] NOT NULL,
  created_at        timestamptz NOT NULL,
  updated_at        timestamptz NOT NULL,
  -- From then on the clinic sees the referral and what belongs to it.
  with_clinic_since timestamptz,
  -- delivery ->> 'ehrTask', lifted out because the clinic's Tasks are looked up by it.
  ehr_task          text COLLATE "C",
  -- json and not jsonb: kept as it was given, and never searched.
  delivery          json NOT NULL
) WITH (fillfactor = 80);

CREATE INDEX referral_ehr_task ON referloop.referral (clinic_id, ehr_task)
  WHERE ehr_task IS NOT NULL;

-- A business identifier names one referral of its referrer, for ever.
CREATE TABLE referloop.referral_identifier (
  referrer_id text COLLATE "C" NOT NULL,
  identifier  text COLLATE "C" NOT NULL,
  referral_id text COLLATE "C" NOT NULL,
  PRIMARY KEY (referrer_id, identifier)
);

-- The current version of each resource. content is text: decimals and member order as sent.
CREATE TABLE referloop.resource (
  type         text COLLATE "C" NOT NULL,
  id           text COLLATE "C" NOT NULL,
  version      integer NOT NULL CHECK (version > 0),
  last_updated timestamptz NOT NULL,
  referrer_id  text COLLATE "C" NOT NULL,
  -- Both null for a resource that the referrer's referrals share.
  clinic_id    text COLLATE "C",
  referral_id  text COLLATE "C",
  digest       text,
  tokens       text[] NOT NULL,
  content      text NOT NULL,
  PRIMARY KEY (id, type),
  CHECK ((clinic_id IS NULL) = (referral_id IS NULL))
) WITH (fillfactor = 90);

CREATE INDEX resource_referral ON referloop.resource (referral_id)
  WHERE referral_id IS NOT NULL;
CREATE INDEX resource_of_referrer ON referloop.resource (referrer_id, type, last_updated, id);
CREATE INDEX resource_of_clinic ON referloop.resource (clinic_id, type, last_updated, id)
  WHERE clinic_id IS NOT NULL;
CREATE INDEX resource_tokens ON referloop.resource USING gin (tokens)
  WHERE cardinality(tokens) > 0;

-- The versions that were replaced.
CREATE TABLE referloop.resource_history (
  type         text COLLATE "C" NOT NULL,
  id           text COLLATE "C" NOT NULL,
  version      integer NOT NULL,
  last_updated timestamptz NOT NULL,
  referrer_id  text COLLATE "C" NOT NULL,
  clinic_id    text COLLATE "C",
  referral_id  text COLLATE "C",
  content      text NOT NULL,
  PRIMARY KEY (id, type, version)
);

-- Business identifiers of the resources that a referrer's referrals share.
CREATE TABLE referloop.shared_identifier (
  referrer_id text COLLATE "C" NOT NULL,
  type        text COLLATE "C" NOT NULL,
  identifier  text COLLATE "C" NOT NULL,
  id          text COLLATE "C" NOT NULL,
  PRIMARY KEY (referrer_id, type, identifier)
);

-- Which shared resources a clinic sees, because a referral that is with it names them.
CREATE TABLE referloop.clinic_participant (
  clinic_id   text COLLATE "C" NOT NULL,
  type        text COLLATE "C" NOT NULL,
  id          text COLLATE "C" NOT NULL,
  referrer_id text COLLATE "C" NOT NULL,
  PRIMARY KEY (clinic_id, type, id)
);

-- What the clinic's EHR reported, one row per version of its Task.
CREATE TABLE referloop.status_report (
  referral_id text COLLATE "C" NOT NULL,
  ehr_version text COLLATE "C" NOT NULL,
  referrer_id text COLLATE "C" NOT NULL,
  clinic_id   text COLLATE "C" NOT NULL,
  from_status text NOT NULL,
  to_status   text NOT NULL,
  verdict     text NOT NULL,
  reason      text,
  recorded    timestamptz NOT NULL,
  PRIMARY KEY (referral_id, ehr_version)
);

-- Append only. Ids and codes, never patient data. hash and previous_hash wait for the chain.
CREATE TABLE referloop.audit_event (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  recorded      timestamptz NOT NULL,
  action        text NOT NULL,
  kind          text NOT NULL,
  outcome       text NOT NULL,
  agent         text NOT NULL,
  organization  text,
  referral_id   text COLLATE "C",
  entities      text[] NOT NULL,
  detail        text,
  request_id    text,
  token_id      text,
  previous_hash bytea,
  hash          bytea
);

CREATE INDEX audit_event_referral ON referloop.audit_event (referral_id, id)
  WHERE referral_id IS NOT NULL;

CREATE TABLE referloop.poll_watermark (
  clinic_id text COLLATE "C" PRIMARY KEY,
  watermark text NOT NULL
) WITH (fillfactor = 50);

-- Client assertions that were used: each buys one token (RFC 7523, section 3, item 7).
CREATE TABLE referloop.spent_assertion (
  client_id  text COLLATE "C" NOT NULL,
  jti        text COLLATE "C" NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (client_id, jti)
);

CREATE INDEX spent_assertion_expiry ON referloop.spent_assertion (expires_at);

-- Ends the statement that calls it, and with it everything the statement wrote. SQLSTATE RL001.
CREATE FUNCTION referloop.refuse(outcome text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'RL001', MESSAGE = outcome;
END
$$;

-- lz4 packs a resource about five times as fast as pglz; engines built without it keep pglz.
DO $$
BEGIN
  ALTER TABLE referloop.resource ALTER COLUMN content SET COMPRESSION lz4;
  ALTER TABLE referloop.resource_history ALTER COLUMN content SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported OR invalid_parameter_value THEN
  RAISE NOTICE 'lz4 is not built in';
END
$$;
