-- What became of each referral, and when: what the figures of docs/insight.md are counted from.
-- A trigger keeps both tables, so that an instance of the version before, which knows nothing of them,
-- leaves no gap. Filling them reads every version of every Task: plan half a minute for each 100,000
-- referrals.
ALTER TABLE referloop.referral
  -- What its row does not show of its latest change: who made it, and codes. Told of domain/insight/told.ts.
  ADD COLUMN told json;

-- One row for each referral. An instant is that of the first change of which it is true.
CREATE TABLE referloop.journey (
  referral_id   text COLLATE "C" PRIMARY KEY,
  referrer_id   text COLLATE "C" NOT NULL,
  clinic_id     text COLLATE "C" NOT NULL,
  patient_id    text COLLATE "C" NOT NULL,
  submitted_at  timestamptz NOT NULL,
  -- The overall result of the first check.
  first_overall text NOT NULL,
  -- A check lacked nothing.
  complete_at   timestamptz,
  -- The clinic has it.
  arrived_at    timestamptz,
  -- The clinic declined it, or asked for more.
  bounced_at    timestamptz,
  accepted_at   timestamptz,
  scheduled_at  timestamptz,
  seen_at       timestamptz,
  -- A report of the clinic is on its Task.
  reported_at   timestamptz,
  -- The order was revoked.
  revoked_at    timestamptz,
  -- Its last end, and the business status that it ended in.
  ended_at      timestamptz,
  ended_as      text,
  -- Code of decline-reason; null where none was given.
  reason        text,
  -- True when the clinic sees less than was checked.
  withheld      boolean NOT NULL
) WITH (fillfactor = 80);

CREATE INDEX journey_of_clinic ON referloop.journey (clinic_id, submitted_at);
CREATE INDEX journey_of_referrer ON referloop.journey (referrer_id, submitted_at);
CREATE INDEX journey_ended_of_clinic ON referloop.journey (clinic_id, ended_at)
  WHERE ended_at IS NOT NULL;
CREATE INDEX journey_ended_of_referrer ON referloop.journey (referrer_id, ended_at)
  WHERE ended_at IS NOT NULL;

-- One row for each time that a referral came to stand elsewhere.
CREATE TABLE referloop.move (
  referral_id text COLLATE "C" NOT NULL,
  -- Of the referral that it made; of its Task, for what was there before this table.
  version     integer NOT NULL,
  referrer_id text COLLATE "C" NOT NULL,
  clinic_id   text COLLATE "C" NOT NULL,
  -- False for what happened before the clinic had it, which is not the clinic's to see.
  with_clinic boolean NOT NULL,
  at          timestamptz NOT NULL,
  -- When it moved on; for an end, when it ended.
  until       timestamptz NOT NULL,
  -- True for where it stands now.
  standing    boolean NOT NULL,
  from_status text,
  to_status   text NOT NULL,
  -- referrer, clinic, referloop or operator; who exactly is in the audit trail at the same instant.
  moved_by    text,
  reason      text,
  PRIMARY KEY (referral_id, version)
) WITH (fillfactor = 80);

CREATE UNIQUE INDEX move_standing ON referloop.move (referral_id) WHERE standing;
CREATE INDEX move_of_clinic ON referloop.move (clinic_id, until, at);
CREATE INDEX move_of_referrer ON referloop.move (referrer_id, until, at);

GRANT SELECT ON referloop.journey, referloop.move TO referloop_reader;
DO $$
DECLARE
  each text;
BEGIN
  FOREACH each IN ARRAY ARRAY['journey', 'move'] LOOP
    EXECUTE format('ALTER TABLE referloop.%I ENABLE ROW LEVEL SECURITY', each);
    EXECUTE format('ALTER TABLE referloop.%I FORCE ROW LEVEL SECURITY', each);
    EXECUTE format($policy$
      CREATE POLICY service ON referloop.%I
        USING (current_setting('referloop.service', true) = 'on')
        WITH CHECK (current_setting('referloop.service', true) = 'on')$policy$, each);
  END LOOP;
END
$$;
CREATE POLICY tenant ON referloop.journey AS RESTRICTIVE FOR SELECT TO referloop_reader
  USING (
    referrer_id = current_setting('referloop.referrer', true)
    OR (clinic_id = current_setting('referloop.clinic', true) AND arrived_at IS NOT NULL)
  );
CREATE POLICY tenant ON referloop.move AS RESTRICTIVE FOR SELECT TO referloop_reader
  USING (
    referrer_id = current_setting('referloop.referrer', true)
    OR (clinic_id = current_setting('referloop.clinic', true) AND with_clinic)
  );

-- How far a referral has come: 1 accepted, 2 an appointment, 3 seen. An EHR without a history tells the
-- last status alone; what legally lies before it has been passed.
CREATE FUNCTION referloop.stage_of(status text, business_status text) RETURNS integer
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN status = 'completed' OR business_status = 'visit-completed' THEN 3
    WHEN status = 'in-progress' THEN 2
    WHEN status IN ('accepted', 'on-hold') THEN 1
    ELSE 0
  END
$$;

CREATE FUNCTION referloop.note_journey() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  now_at   timestamptz := NEW.updated_at;
  -- Left behind by an earlier change, it is of another version.
  told     json := CASE WHEN (NEW.told ->> 'version')::integer = NEW.version THEN NEW.told END;
  is_end   boolean := NEW.status IN ('rejected', 'cancelled', 'failed', 'completed');
  is_back  boolean := NEW.status = 'rejected'
    OR (NEW.status <> 'requested' AND NEW.business_status = 'awaiting-information');
  stage    integer := referloop.stage_of(NEW.status, NEW.business_status);
  before   text := CASE WHEN TG_OP = 'UPDATE' THEN OLD.business_status END;
BEGIN
  IF before IS DISTINCT FROM NEW.business_status THEN
    UPDATE referloop.move SET standing = false, until = least(until, now_at)
    WHERE referral_id = NEW.id AND standing;
    INSERT INTO referloop.move (referral_id, version, referrer_id, clinic_id, with_clinic, at, until,
      standing, from_status, to_status, moved_by, reason)
    VALUES (NEW.id, NEW.version, NEW.referrer_id, NEW.clinic_id, NEW.with_clinic_since IS NOT NULL,
      now_at, CASE WHEN is_end THEN now_at ELSE 'infinity' END, true, before, NEW.business_status,
      told ->> 'by', told ->> 'reason');
  END IF;
  INSERT INTO referloop.journey AS j (referral_id, referrer_id, clinic_id, patient_id, submitted_at,
    first_overall, complete_at, arrived_at, bounced_at, accepted_at, scheduled_at, seen_at,
    reported_at, revoked_at, ended_at, ended_as, reason, withheld)
  VALUES (NEW.id, NEW.referrer_id, NEW.clinic_id, NEW.patient_id, NEW.created_at, NEW.overall,
    CASE WHEN NEW.overall <> 'incomplete' THEN now_at END, NEW.with_clinic_since,
    CASE WHEN is_back THEN now_at END,
    CASE WHEN stage >= 1 THEN now_at END, CASE WHEN stage >= 2 THEN now_at END,
    CASE WHEN stage >= 3 THEN now_at END,
    CASE WHEN (told ->> 'reported')::boolean THEN now_at END,
    CASE WHEN (told ->> 'revoked')::boolean THEN now_at END,
    CASE WHEN is_end THEN now_at END, CASE WHEN is_end THEN NEW.business_status END,
    told ->> 'reason', NEW.release IS NOT NULL)
  ON CONFLICT (referral_id) DO UPDATE SET
    complete_at = coalesce(j.complete_at, EXCLUDED.complete_at),
    arrived_at = coalesce(j.arrived_at, EXCLUDED.arrived_at),
    bounced_at = coalesce(j.bounced_at, EXCLUDED.bounced_at),
    accepted_at = coalesce(j.accepted_at, EXCLUDED.accepted_at),
    scheduled_at = coalesce(j.scheduled_at, EXCLUDED.scheduled_at),
    seen_at = coalesce(j.seen_at, EXCLUDED.seen_at),
    reported_at = coalesce(j.reported_at, EXCLUDED.reported_at),
    revoked_at = coalesce(j.revoked_at, EXCLUDED.revoked_at),
    ended_at = CASE WHEN j.ended_as IS NOT DISTINCT FROM EXCLUDED.ended_as THEN j.ended_at
      ELSE EXCLUDED.ended_at END,
    ended_as = EXCLUDED.ended_as,
    reason = CASE WHEN j.ended_as IS NOT DISTINCT FROM EXCLUDED.ended_as
      THEN coalesce(j.reason, EXCLUDED.reason) ELSE EXCLUDED.reason END,
    withheld = EXCLUDED.withheld;
  RETURN NULL;
END
$$;

-- What was there before, from the versions of its Task, its checks and the audit trail.
CREATE FUNCTION referloop.learn_journeys(since timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM referloop.move m USING referloop.referral r
  WHERE r.id = m.referral_id AND r.updated_at >= since;
  DELETE FROM referloop.journey j USING referloop.referral r
  WHERE r.id = j.referral_id AND r.updated_at >= since;

  WITH said AS MATERIALIZED (
    SELECT r.id, x.version, x.last_updated AS at, task ->> 'status' AS status,
      (SELECT coding ->> 'code' FROM jsonb_array_elements(task #> '{businessStatus,coding}') AS coding
        WHERE coding ->> 'system' = 'https://referloop.example/fhir/CodeSystem/referral-business-status'
        LIMIT 1) AS business_status,
      (SELECT coding ->> 'code' FROM jsonb_array_elements(task #> '{statusReason,coding}') AS coding
        WHERE coding ->> 'system' = 'https://referloop.example/fhir/CodeSystem/decline-reason'
        LIMIT 1) AS reason,
      jsonb_path_exists(task, '$.output[*] ? (
        (@.valueReference.reference like_regex "(^|/)(DocumentReference|DiagnosticReport|Communication|Binary)/"
          || exists (@.valueString) || exists (@.valueMarkdown))
        && !(@.type.coding[*].code == "withheld"))') AS reported
    FROM referloop.referral r
    JOIN (
      SELECT id, version, last_updated, content FROM referloop.resource WHERE type = 'Task'
      UNION ALL
      SELECT id, version, last_updated, content FROM referloop.resource_history WHERE type = 'Task'
    ) AS x ON x.id = r.task_id
    CROSS JOIN LATERAL (SELECT x.content::jsonb AS task OFFSET 0) AS parsed
    WHERE r.updated_at >= since
  ), moved AS (
    INSERT INTO referloop.move (referral_id, version, referrer_id, clinic_id, with_clinic, at, until,
      standing, from_status, to_status, moved_by, reason)
    SELECT m.id, m.version, r.referrer_id, r.clinic_id,
      coalesce(m.at >= r.with_clinic_since, false), m.at,
      CASE WHEN m.status IN ('rejected', 'cancelled', 'failed', 'completed') THEN m.at
        ELSE coalesce(lead(m.at) OVER w, 'infinity') END,
      lead(m.at) OVER w IS NULL, m.before, m.business_status,
      (SELECT CASE WHEN e.organization = r.referrer_id THEN 'referrer'
          WHEN e.organization = r.clinic_id THEN 'clinic'
          WHEN e.agent = 'referloop' THEN 'referloop' ELSE 'operator' END
        FROM referloop.audit_event e
        WHERE e.referral_id = m.id AND e.recorded = m.at AND e.kind IN ('C', 'U') LIMIT 1),
      CASE WHEN m.business_status = 'declined' THEN m.reason END
    FROM (
      SELECT *, lag(business_status) OVER (PARTITION BY id ORDER BY version) AS before FROM said
    ) AS m
    JOIN referloop.referral r ON r.id = m.id
    WHERE m.business_status IS NOT NULL AND m.before IS DISTINCT FROM m.business_status
    WINDOW w AS (PARTITION BY m.id ORDER BY m.version)
    RETURNING referral_id, standing, at, to_status, reason
  )
  INSERT INTO referloop.journey (referral_id, referrer_id, clinic_id, patient_id, submitted_at,
    first_overall, complete_at, arrived_at, bounced_at, accepted_at, scheduled_at, seen_at,
    reported_at, revoked_at, ended_at, ended_as, reason, withheld)
  SELECT r.id, r.referrer_id, r.clinic_id, r.patient_id, r.created_at,
    coalesce(c.first_overall, r.overall),
    coalesce(c.complete_at, CASE WHEN r.overall <> 'incomplete' THEN r.updated_at END),
    r.with_clinic_since, t.bounced_at, t.accepted_at, t.scheduled_at, t.seen_at, t.reported_at,
    CASE WHEN o.content::jsonb ->> 'status' IN ('revoked', 'entered-in-error')
      THEN o.last_updated END,
    e.at, e.to_status, e.reason, r.release IS NOT NULL
  FROM referloop.referral r
  LEFT JOIN referloop.resource o ON o.type = 'ServiceRequest' AND o.id = r.id
  LEFT JOIN (
    SELECT id,
      min(at) FILTER (WHERE status = 'rejected'
        OR (status <> 'requested' AND business_status = 'awaiting-information')) AS bounced_at,
      min(at) FILTER (WHERE referloop.stage_of(status, business_status) >= 1) AS accepted_at,
      min(at) FILTER (WHERE referloop.stage_of(status, business_status) >= 2) AS scheduled_at,
      min(at) FILTER (WHERE referloop.stage_of(status, business_status) >= 3) AS seen_at,
      min(at) FILTER (WHERE reported) AS reported_at
    FROM said GROUP BY id
  ) AS t ON t.id = r.id
  LEFT JOIN (
    SELECT referral_id,
      (array_agg(overall ORDER BY last_updated, id))[1] AS first_overall,
      min(last_updated) FILTER (WHERE overall <> 'incomplete') AS complete_at
    FROM (
      SELECT x.referral_id, x.id, x.last_updated,
        jsonb_path_query_first(x.content::jsonb,
          '$.contained[*].parameter[*] ? (@.name == "overall").valueCode') #>> '{}' AS overall
      FROM referloop.resource x
      JOIN referloop.referral r ON r.id = x.referral_id AND r.updated_at >= since
      WHERE x.type = 'GuidanceResponse'
        AND NOT jsonb_path_exists(x.content::jsonb, '$.meta.tag[*] ? (@.code == "released-copy")')
    ) AS checked
    WHERE overall IS NOT NULL
    GROUP BY referral_id
  ) AS c ON c.referral_id = r.id
  LEFT JOIN moved e ON e.referral_id = r.id AND e.standing
    AND e.to_status IN ('declined', 'cancelled', 'failed', 'completed')
  WHERE r.updated_at >= since;
END
$$;

SELECT set_config('referloop.service', 'on', true);
SELECT referloop.learn_journeys('-infinity');

CREATE TRIGGER note_journey_begun AFTER INSERT ON referloop.referral
  FOR EACH ROW EXECUTE FUNCTION referloop.note_journey();
CREATE TRIGGER note_journey_gone_on AFTER UPDATE ON referloop.referral
  FOR EACH ROW
  WHEN (OLD.business_status <> NEW.business_status OR OLD.overall <> NEW.overall
    OR OLD.status <> NEW.status OR (OLD.release IS NULL) <> (NEW.release IS NULL)
    OR (NEW.told ->> 'more') IS NOT NULL)
  EXECUTE FUNCTION referloop.note_journey();

-- And what was changed while the first pass went on; from here on nobody writes until this is committed.
SELECT referloop.learn_journeys(now() - interval '1 minute');
DROP FUNCTION referloop.learn_journeys(timestamptz);
