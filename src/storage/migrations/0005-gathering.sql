-- What was fetched from the referrer's EHR, and what could not be. Null until it was asked.
ALTER TABLE referloop.referral ADD COLUMN gathering json;
