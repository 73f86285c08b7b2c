-- The second wall of 0003 for the audit trail: what a consent decided names what is withheld, so it is
-- the referrer's to read and never the clinic's, whatever a query asks for.
ALTER POLICY tenant ON referloop.audit_event
  USING (
    referrer_id = current_setting('referloop.referrer', true)
    OR (clinic_id = current_setting('referloop.clinic', true) AND action <> 'consent' AND (
      organization = current_setting('referloop.clinic', true)
      OR EXISTS (SELECT FROM referloop.referral r
        WHERE r.id = referral_id AND r.clinic_id = current_setting('referloop.clinic', true))))
  );
