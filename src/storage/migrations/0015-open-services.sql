-- What is ordered and still open: a patient of a referrer has one referral for a service to a clinic,
-- unless the referrer says that it means two. One row for each code of the order.
CREATE TABLE referloop.open_service (
  referrer_id text COLLATE "C" NOT NULL,
  clinic_id   text COLLATE "C" NOT NULL,
  patient_id  text COLLATE "C" NOT NULL,
  service     text COLLATE "C" NOT NULL,
  referral_id text COLLATE "C" NOT NULL,
  PRIMARY KEY (referrer_id, clinic_id, patient_id, service)
);

CREATE INDEX open_service_referral ON referloop.open_service (referral_id);

GRANT SELECT ON referloop.open_service TO referloop_reader;
ALTER TABLE referloop.open_service ENABLE ROW LEVEL SECURITY;
ALTER TABLE referloop.open_service FORCE ROW LEVEL SECURITY;
CREATE POLICY service ON referloop.open_service
  USING (current_setting('referloop.service', true) = 'on')
  WITH CHECK (current_setting('referloop.service', true) = 'on');
CREATE POLICY tenant ON referloop.open_service AS RESTRICTIVE FOR SELECT TO referloop_reader
  USING (referrer_id = current_setting('referloop.referrer', true));

-- Of what is open already, the first of several stands for them.
SELECT set_config('referloop.service', 'on', true);
INSERT INTO referloop.open_service (referrer_id, clinic_id, patient_id, service, referral_id)
SELECT r.referrer_id, r.clinic_id, r.patient_id,
  (coding ->> 'system') || '|' || (coding ->> 'code'), r.id
FROM referloop.referral r
JOIN referloop.resource x ON x.type = 'ServiceRequest' AND x.id = r.id
CROSS JOIN LATERAL jsonb_array_elements(
  coalesce(x.content::jsonb #> '{code,coding}', '[]'::jsonb)) AS coding
WHERE r.status NOT IN ('rejected', 'cancelled', 'failed', 'completed')
  AND r.business_status <> 'cancellation-requested'
  AND coding ? 'system' AND coding ? 'code'
ORDER BY r.created_at, r.id
ON CONFLICT DO NOTHING;

-- Whoever closes a referral, an instance of the version before too, makes room for the next.
CREATE FUNCTION referloop.close_service() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM referloop.open_service WHERE referral_id = NEW.id;
  RETURN NULL;
END
$$;

CREATE TRIGGER close_service AFTER UPDATE OF status, business_status ON referloop.referral
  FOR EACH ROW
  WHEN (NEW.status IN ('rejected', 'cancelled', 'failed', 'completed')
    OR NEW.business_status = 'cancellation-requested')
  EXECUTE FUNCTION referloop.close_service();
