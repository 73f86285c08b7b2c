-- Which database this is, so that one that was put back from a backup is known at the next start.
CREATE TABLE referloop.database_mark (
  one         boolean PRIMARY KEY DEFAULT true CHECK (one),
  -- Of the server, the database and the folder that it lies in; a copy has another.
  identity    text NOT NULL,
  -- When it was noticed that the database had been put back; null for one that never was.
  restored_at timestamptz
);

-- The clinics whose EHRs have been searched since, for what the backup did not know of.
CREATE TABLE referloop.reconciliation (
  clinic_id     text COLLATE "C" PRIMARY KEY,
  reconciled_at timestamptz NOT NULL
);
