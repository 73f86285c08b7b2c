-- The open referrals of a partner, in the order in which they came.
CREATE INDEX referral_open_of_referrer ON referloop.referral (referrer_id, created_at, id)
  WHERE status NOT IN ('rejected', 'cancelled', 'failed', 'completed');
CREATE INDEX referral_open_of_clinic ON referloop.referral (clinic_id, created_at, id)
  WHERE status NOT IN ('rejected', 'cancelled', 'failed', 'completed');
