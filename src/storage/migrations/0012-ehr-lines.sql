-- How each clinic's EHR may be asked, by whichever instance: one row, by the clock of the database.
-- Nothing of a patient; the role that requests read as (referloop_reader of 0003) has no right to it.
CREATE TABLE referloop.ehr_line (
  clinic_id        text COLLATE "C" PRIMARY KEY,
  -- The earliest instant of the next request.
  next_at          timestamptz NOT NULL,
  -- It asked to wait.
  held_back_until  timestamptz,
  -- It failed too often, and is asked by one request now and then to see whether it is back.
  failing_since    timestamptz,
  left_alone_until timestamptz,
  failed_probes    integer NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
