-- What of a referral its clinic may get (42 CFR Part 2): {"withheld": {"Type/id": {"from": …}}}.
-- Null for the many of which nothing is protected, and then nobody looks into it.
ALTER TABLE referloop.referral ADD COLUMN release jsonb;

-- The second wall of 0003 holds for it as well; the referrer's branch comes first and stays.
ALTER POLICY tenant ON referloop.resource
  USING (
    referrer_id = current_setting('referloop.referrer', true)
    OR (clinic_id = current_setting('referloop.clinic', true) AND EXISTS (
      SELECT FROM referloop.referral r
      WHERE r.id = referral_id AND r.clinic_id = resource.clinic_id
        AND (r.release IS NULL
          OR NOT jsonb_exists(r.release -> 'withheld', resource.type || '/' || resource.id)
          OR (r.release #>> ARRAY['withheld', resource.type || '/' || resource.id, 'from'])
            ::timestamptz > now())))
    OR (referral_id IS NULL AND EXISTS (
      SELECT FROM referloop.clinic_participant p
      WHERE p.clinic_id = current_setting('referloop.clinic', true)
        AND p.type = resource.type AND p.id = resource.id
        AND p.referrer_id = resource.referrer_id))
  );

ALTER POLICY tenant ON referloop.resource_history
  USING (
    referrer_id = current_setting('referloop.referrer', true)
    OR (clinic_id = current_setting('referloop.clinic', true) AND EXISTS (
      SELECT FROM referloop.referral r
      WHERE r.id = referral_id AND r.clinic_id = resource_history.clinic_id
        AND (r.release IS NULL
          OR NOT jsonb_exists(
            r.release -> 'withheld', resource_history.type || '/' || resource_history.id)
          OR (r.release #>>
            ARRAY['withheld', resource_history.type || '/' || resource_history.id, 'from'])
            ::timestamptz > now())))
    OR (referral_id IS NULL AND EXISTS (
      SELECT FROM referloop.clinic_participant p
      WHERE p.clinic_id = current_setting('referloop.clinic', true)
        AND p.type = resource_history.type AND p.id = resource_history.id
        AND p.referrer_id = resource_history.referrer_id))
  );
