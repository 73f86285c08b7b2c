-- What the referrer of a referral is asked for, as InformationRequest of domain/referral/referral.ts;
-- null when the referral does not wait for information.
ALTER TABLE referloop.referral
  ADD COLUMN information      json,
  -- When a reminder or the deadline is next; null when nothing follows by itself.
  ADD COLUMN information_next timestamptz;

CREATE INDEX referral_information_next ON referloop.referral (information_next)
  WHERE information_next IS NOT NULL;
-- The overdue ones, counted at each scrape of the metrics.
CREATE INDEX referral_information_overdue ON referloop.referral (clinic_id)
  WHERE information IS NOT NULL AND information_next IS NULL;
