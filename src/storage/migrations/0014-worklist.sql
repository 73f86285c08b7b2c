-- The clinic's worklist: src/domain/referral/worklist.ts. The two generated columns rewrite the table
-- once; plan some seconds for each 100,000 referrals.
ALTER TABLE referloop.referral
  -- When the referrer answered what the clinic had asked; null once the clinic has moved on.
  ADD COLUMN answered_at timestamptz,
  ADD COLUMN urgency smallint NOT NULL GENERATED ALWAYS AS (
    CASE priority WHEN 'stat' THEN 0 WHEN 'asap' THEN 1 WHEN 'urgent' THEN 2 ELSE 3 END) STORED,
  ADD COLUMN tab text COLLATE "C" NOT NULL GENERATED ALWAYS AS (
    CASE
      WHEN business_status IN ('declined', 'cancelled', 'failed', 'completed') THEN 'closed'
      WHEN business_status IN ('awaiting-triage', 'awaiting-scheduling', 'no-show',
        'appointment-cancelled') AND answered_at IS NOT NULL THEN 'answered'
      WHEN business_status = 'awaiting-triage' THEN 'new'
      WHEN business_status = 'awaiting-information' THEN 'waiting'
      WHEN business_status IN ('awaiting-scheduling', 'no-show', 'appointment-cancelled')
        THEN 'to-schedule'
      WHEN business_status = 'scheduled' THEN 'scheduled'
      WHEN business_status = 'visit-completed' THEN 'to-report'
      ELSE 'stalled'
    END) STORED;

-- In the order of the list, so that each page is a walk along it, and the counts read nothing else.
CREATE INDEX referral_worklist ON referloop.referral
  (clinic_id, tab, (coalesce(next_due, 'infinity')), urgency, created_at, id)
  INCLUDE (referrer_id) WHERE with_clinic_since IS NOT NULL;
CREATE INDEX referral_worklist_closed ON referloop.referral (clinic_id, updated_at, id)
  WHERE with_clinic_since IS NOT NULL AND tab = 'closed';
CREATE INDEX referral_patient ON referloop.referral (patient_id);

-- Whoever has a list open is told that something of it has changed: ids, and nothing of the patient.
CREATE FUNCTION referloop.tell_of_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('referloop_referral',
    concat_ws(' ', NEW.id, NEW.version, NEW.referrer_id,
      CASE WHEN NEW.with_clinic_since IS NOT NULL THEN NEW.clinic_id END));
  RETURN NULL;
END
$$;

CREATE TRIGGER referral_change_told
  AFTER INSERT OR UPDATE ON referloop.referral
  FOR EACH ROW EXECUTE FUNCTION referloop.tell_of_change();
