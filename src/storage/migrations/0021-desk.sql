-- The clinic's desk: who of its people has a referral in hand, and what is snoozed until when
-- (src/domain/referral/desk.ts), and the lists that its people keep (saved-view.ts). The generated column
-- rewrites the table of referrals once; plan some seconds for each 100,000.
ALTER TABLE referloop.referral
  -- A colleague's id; '' for nobody, since a list of what is nobody's walks along an index by it.
  ADD COLUMN owner         text COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN snoozed_until timestamptz,
  ADD COLUMN snoozed_for   text,
  -- Raised with each of these changes, which make no version of the referral.
  ADD COLUMN desk_version  int NOT NULL DEFAULT 0,
  -- Nothing sleeps longer than until it is due, whatever happens to either.
  ADD COLUMN hidden_until  timestamptz GENERATED ALWAYS AS (
    CASE WHEN snoozed_until IS NOT NULL THEN least(snoozed_until, next_due) END) STORED,
  -- By what a clinic's filter finds it: what is withheld from the clinic is found with every result.
  ADD COLUMN found_by      text COLLATE "C" NOT NULL GENERATED ALWAYS AS (
    CASE WHEN release IS NULL THEN overall ELSE '*' END) STORED;

-- In the order of the list, once for all and once by owner. What lists are filtered by stands behind the
-- order, so that what does not fit is passed over within the index: 480 ms became 30 ms for a filter that
-- nothing of 100,000 fits. What is counted and what the policies look at is in them as well, so that
-- counting reads nothing else.
DROP INDEX referloop.referral_worklist;
CREATE INDEX referral_worklist ON referloop.referral
  (clinic_id, tab, (CASE WHEN next_due IS NULL THEN 'infinity'::timestamptz ELSE next_due END),
    urgency, created_at, id, referrer_id, found_by)
  INCLUDE (with_clinic_since, hidden_until, next_due) WHERE with_clinic_since IS NOT NULL;
CREATE INDEX referral_worklist_owner ON referloop.referral
  (clinic_id, owner, tab,
    (CASE WHEN next_due IS NULL THEN 'infinity'::timestamptz ELSE next_due END),
    urgency, created_at, id, referrer_id, found_by)
  INCLUDE (with_clinic_since, hidden_until, next_due) WHERE with_clinic_since IS NOT NULL;
DROP INDEX referloop.referral_worklist_closed;
CREATE INDEX referral_worklist_closed ON referloop.referral
  (clinic_id, updated_at, id, urgency, owner, referrer_id, found_by)
  WHERE with_clinic_since IS NOT NULL AND tab = 'closed';
CREATE INDEX referral_hidden ON referloop.referral (clinic_id, hidden_until)
  INCLUDE (referrer_id, with_clinic_since, owner, tab)
  WHERE with_clinic_since IS NOT NULL AND hidden_until IS NOT NULL;

-- What was snoozed comes back when it is another matter than it was, whichever version of the service
-- changes it.
CREATE FUNCTION referloop.wake() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.snoozed_until := NULL;
  NEW.snoozed_for := NULL;
  RETURN NEW;
END
$$;

CREATE TRIGGER referral_wakes
  BEFORE UPDATE ON referloop.referral
  FOR EACH ROW
  WHEN (OLD.snoozed_until IS NOT NULL AND NEW.version > OLD.version AND (
    NEW.business_status <> OLD.business_status OR NEW.priority <> OLD.priority
    OR NEW.overall <> OLD.overall))
  EXECUTE FUNCTION referloop.wake();

-- What a clinic does at its desk is news for the clinic alone.
CREATE OR REPLACE FUNCTION referloop.tell_of_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('referloop_referral',
    concat_ws(' ', NEW.id, NEW.version,
      CASE WHEN TG_OP = 'UPDATE' AND NEW.version = OLD.version THEN '' ELSE NEW.referrer_id END,
      CASE WHEN NEW.with_clinic_since IS NOT NULL THEN NEW.clinic_id END));
  RETURN NULL;
END
$$;

-- The people of a clinic who have signed in: known by a digest of what their sign-in calls them.
CREATE TABLE referloop.colleague (
  clinic_id    text COLLATE "C" NOT NULL,
  id           text COLLATE "C" NOT NULL,
  name         text NOT NULL,
  signed_in_at timestamptz NOT NULL,
  -- The list that they begin with.
  first_view   text COLLATE "C",
  PRIMARY KEY (clinic_id, id)
);

CREATE FUNCTION referloop.colleague_id(organization text, person text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT left(encode(sha256(convert_to(organization || ' ' || person, 'UTF8')), 'hex'), 16)
$$;

-- Whoever signs in at a clinic is a colleague there, and is called as they were last.
CREATE FUNCTION referloop.know_colleague() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO referloop.colleague (clinic_id, id, name, signed_in_at)
  VALUES (NEW.organization, referloop.colleague_id(NEW.organization, NEW.person), NEW.person_name,
    NEW.started_at)
  ON CONFLICT (clinic_id, id) DO UPDATE
    SET name = excluded.name, signed_in_at = excluded.signed_in_at;
  RETURN NULL;
END
$$;

CREATE TRIGGER session_of_colleague
  AFTER INSERT ON referloop.session
  FOR EACH ROW WHEN (NEW.role = 'clinic')
  EXECUTE FUNCTION referloop.know_colleague();

INSERT INTO referloop.colleague (clinic_id, id, name, signed_in_at)
SELECT DISTINCT ON (organization, person) organization,
  referloop.colleague_id(organization, person), person_name, started_at
FROM referloop.session
WHERE role = 'clinic'
ORDER BY organization, person, started_at DESC;

CREATE TABLE referloop.saved_view (
  clinic_id text COLLATE "C" NOT NULL,
  id        text COLLATE "C" NOT NULL,
  -- A colleague's own, or '' for everybody of the clinic.
  owner     text COLLATE "C" NOT NULL,
  name      text NOT NULL,
  -- Codes of the address, and nothing that was searched for.
  query     text NOT NULL,
  PRIMARY KEY (clinic_id, id)
);

GRANT SELECT ON referloop.colleague, referloop.saved_view TO referloop_reader;

DO $$
DECLARE
  each text;
BEGIN
  FOREACH each IN ARRAY ARRAY['colleague', 'saved_view'] LOOP
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
