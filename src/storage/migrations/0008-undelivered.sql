-- What waits for its clinic, or for a person: kept beside the referral, counted at each scrape.
ALTER TABLE referloop.referral
  -- Since when it has been on its way without a break; null while it waits for somebody, and once delivered.
  ADD COLUMN undelivered_since   timestamptz,
  -- When an alert was raised of it, so that no other process and no restart raises it again.
  ADD COLUMN undelivered_alerted timestamptz,
  -- Since when delivery has given up on it, or on a later change of it.
  ADD COLUMN given_up_since      timestamptz;

-- Of what is there, the last change is the best guess.
SELECT set_config('referloop.service', 'on', true);
UPDATE referloop.referral SET
  undelivered_since = updated_at,
  given_up_since = CASE WHEN business_status = 'delivery-failed' THEN updated_at END
WHERE business_status IN ('sending', 'delivery-failed');

CREATE INDEX referral_urgent_undelivered ON referloop.referral (undelivered_since)
  WHERE undelivered_since IS NOT NULL AND priority <> 'routine';
CREATE INDEX referral_given_up ON referloop.referral (clinic_id)
  WHERE given_up_since IS NOT NULL;
