-- Who acts next on an open referral, and by when: NextStep of domain/referral/next-step.ts.
ALTER TABLE referloop.referral
  ADD COLUMN step        json,
  -- Lifted out of it, for search and for the metrics; null once the referral is closed.
  ADD COLUMN next_actor  text,
  ADD COLUMN next_due    timestamptz,
  -- When it is next to be said that it is overdue.
  ADD COLUMN next_notice timestamptz,
  -- The business status that the step is of. Another than the referral's was left by an instance of
  -- the version before, none by what was there before: the service looks for both and mends them.
  ADD COLUMN step_of     text;

-- By clinic, the earliest first: what a worklist shows, and what each scrape counts.
CREATE INDEX referral_next_due ON referloop.referral (clinic_id, next_due)
  INCLUDE (next_actor) WHERE next_due IS NOT NULL;
CREATE INDEX referral_next_notice ON referloop.referral (next_notice)
  WHERE next_notice IS NOT NULL;
CREATE INDEX referral_without_step ON referloop.referral (id)
  WHERE step_of IS DISTINCT FROM business_status
    AND status NOT IN ('rejected', 'cancelled', 'failed', 'completed');
