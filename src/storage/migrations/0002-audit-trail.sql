-- The audit trail: whom a row concerns, the chain that seals it, and no way to change it.

ALTER TABLE referloop.audit_event
  -- The tenants that may read the row.
  ADD COLUMN referrer_id text COLLATE "C",
  ADD COLUMN clinic_id   text COLLATE "C",
  ADD COLUMN patient_id  text COLLATE "C",
  -- The search as it was asked; the one column that may name a patient.
  ADD COLUMN query       text,
  -- Where the other side was: an IP address, or the base of its FHIR server.
  ADD COLUMN network     text,
  -- Seals lie beside the rows, so that a row is written once.
  DROP COLUMN previous_hash,
  DROP COLUMN hash;

UPDATE referloop.audit_event e
SET referrer_id = r.referrer_id, clinic_id = r.clinic_id, patient_id = r.patient_id
FROM referloop.referral r
WHERE r.id = e.referral_id;

CREATE INDEX audit_event_referrer ON referloop.audit_event (referrer_id, id)
  WHERE referrer_id IS NOT NULL;
CREATE INDEX audit_event_clinic ON referloop.audit_event (clinic_id, id)
  WHERE clinic_id IS NOT NULL;
CREATE INDEX audit_event_patient ON referloop.audit_event (patient_id, id)
  WHERE patient_id IS NOT NULL;

-- One chain for each organisation and one for the service itself; each hash covers the one before.
CREATE TABLE referloop.audit_seal (
  chain    text COLLATE "C" NOT NULL,
  position bigint NOT NULL CHECK (position > 0),
  event_id bigint NOT NULL UNIQUE,
  hash     text COLLATE "C" NOT NULL,
  PRIMARY KEY (chain, position)
);

-- The heads of the chains after each batch, signed.
CREATE TABLE referloop.audit_checkpoint (
  number bigint PRIMARY KEY CHECK (number > 0),
  jws    text NOT NULL
);

CREATE FUNCTION referloop.append_only() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit trail is only ever added to' USING ERRCODE = 'RL002';
END
$$;

CREATE TRIGGER audit_event_append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON referloop.audit_event
  FOR EACH STATEMENT EXECUTE FUNCTION referloop.append_only();
CREATE TRIGGER audit_seal_append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON referloop.audit_seal
  FOR EACH STATEMENT EXECUTE FUNCTION referloop.append_only();
CREATE TRIGGER audit_checkpoint_append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON referloop.audit_checkpoint
  FOR EACH STATEMENT EXECUTE FUNCTION referloop.append_only();
