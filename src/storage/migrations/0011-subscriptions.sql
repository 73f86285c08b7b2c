-- Who wants to be told of what (FHIR Subscriptions, R5 backport), and what there was to tell.
CREATE TABLE referloop.subscription (
  id                text COLLATE "C" PRIMARY KEY,
  role              text NOT NULL CHECK (role IN ('referrer', 'clinic')),
  organization      text COLLATE "C" NOT NULL,
  client            text NOT NULL,
  version           integer NOT NULL CHECK (version > 0),
  last_updated      timestamptz NOT NULL,
  created_at        timestamptz NOT NULL,
  status            text NOT NULL CHECK (status IN ('requested', 'active', 'error', 'off')),
  error             text,
  -- JSON as the client sent it, without what stands in the other columns and without secrets.
  content           text NOT NULL,
  -- The headers with their values, sealed by a key that the database does not have.
  secret            text,
  topic             text COLLATE "C" NOT NULL,
  -- Search tokens: each inner array has to share one with the event's.
  filters           jsonb NOT NULL,
  -- json and not jsonb: kept as it was given, and never searched.
  terms             json NOT NULL,
  timeout_seconds   integer NOT NULL,
  heartbeat_seconds integer,
  max_count         integer NOT NULL,
  ends_at           timestamptz,
  -- Events so far; the number of the last. Raised under the lock of this row, in the commit of the event.
  event_count       integer NOT NULL DEFAULT 0,
  -- Number of the last event that arrived, and of the last in the notification that is under way.
  told_through      integer NOT NULL DEFAULT 0,
  telling_through   integer,
  failures          integer NOT NULL DEFAULT 0,
  -- When there is something to send; null when there is not.
  due_at            timestamptz,
  lease             text,
  leased_until      timestamptz
) WITH (fillfactor = 70);

CREATE INDEX subscription_topic ON referloop.subscription (organization, topic);
CREATE INDEX subscription_due ON referloop.subscription (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE referloop.subscription_event (
  subscription_id text COLLATE "C" NOT NULL REFERENCES referloop.subscription ON DELETE CASCADE,
  number          integer NOT NULL CHECK (number > 0),
  recorded        timestamptz NOT NULL,
  task_id         text COLLATE "C" NOT NULL,
  task_version    integer NOT NULL,
  referral_id     text COLLATE "C" NOT NULL,
  -- Of the subscription, for row-level security.
  role            text NOT NULL,
  organization    text COLLATE "C" NOT NULL,
  PRIMARY KEY (subscription_id, number)
);

CREATE INDEX subscription_event_recorded ON referloop.subscription_event (recorded);

-- The second wall of 0003. The reader sees everything of its own but the secret and the lease.
GRANT SELECT (id, role, organization, client, version, last_updated, created_at, status, error,
    content, topic, filters, terms, ends_at, event_count)
  ON referloop.subscription TO referloop_reader;
GRANT SELECT ON referloop.subscription_event TO referloop_reader;

DO $$
DECLARE
  each text;
BEGIN
  FOREACH each IN ARRAY ARRAY['subscription', 'subscription_event'] LOOP
    EXECUTE format('ALTER TABLE referloop.%I ENABLE ROW LEVEL SECURITY', each);
    EXECUTE format('ALTER TABLE referloop.%I FORCE ROW LEVEL SECURITY', each);
    EXECUTE format($policy$
      CREATE POLICY service ON referloop.%I
        USING (current_setting('referloop.service', true) = 'on')
        WITH CHECK (current_setting('referloop.service', true) = 'on')$policy$, each);
    EXECUTE format($policy$
      CREATE POLICY tenant ON referloop.%I AS RESTRICTIVE FOR SELECT TO referloop_reader
        USING (
          (role = 'referrer' AND organization = current_setting('referloop.referrer', true))
          OR (role = 'clinic' AND organization = current_setting('referloop.clinic', true))
        )$policy$, each);
  END LOOP;
END
$$;
