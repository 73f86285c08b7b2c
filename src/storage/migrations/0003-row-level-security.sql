-- The second wall. Requests read as a role that owns nothing and sees the rows of one organisation;
-- everything else (commits, background, look-ups of the service itself) says that it is the service.
-- https://www.postgresql.org/docs/18/ddl-rowsecurity.html

-- Roles belong to the whole server, so another database of ours may have made it already. The login
-- that migrates needs CREATEROLE, or an administrator who creates the role and grants it.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'referloop_reader') THEN
    CREATE ROLE referloop_reader NOLOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL;
END
$$;

-- SET lets us become the role; without INHERIT its policies do not bind us while we are not.
DO $$
BEGIN
  IF NOT pg_has_role(current_user, 'referloop_reader', 'SET') THEN
    EXECUTE format('GRANT referloop_reader TO %I WITH INHERIT FALSE, SET TRUE', current_user);
  END IF;
END
$$;

GRANT USAGE ON SCHEMA referloop TO referloop_reader;
GRANT SELECT ON referloop.referral, referloop.referral_identifier, referloop.resource,
  referloop.resource_history, referloop.shared_identifier, referloop.clinic_participant,
  referloop.audit_event
  TO referloop_reader;

-- FORCE: the owner is held to the policies too.
DO $$
DECLARE
  each text;
BEGIN
  FOREACH each IN ARRAY ARRAY['referral', 'referral_identifier', 'resource', 'resource_history',
    'shared_identifier', 'clinic_participant', 'status_report', 'audit_event'] LOOP
    EXECUTE format('ALTER TABLE referloop.%I ENABLE ROW LEVEL SECURITY', each);
    EXECUTE format('ALTER TABLE referloop.%I FORCE ROW LEVEL SECURITY', each);
    EXECUTE format($policy$
      CREATE POLICY service ON referloop.%I
        USING (current_setting('referloop.service', true) = 'on')
        WITH CHECK (current_setting('referloop.service', true) = 'on')$policy$, each);
  END LOOP;
END
$$;

-- Restrictive: on top of the policy above, and for the reader only. Of the two settings one holds
-- the organisation that asks and the other is empty; unset, both are null and no row matches.
CREATE POLICY tenant ON referloop.referral AS RESTRICTIVE FOR SELECT TO referloop_reader
  USING (
    referrer_id = current_setting('referloop.referrer', true)
    OR (clinic_id = current_setting('referloop.clinic', true) AND with_clinic_since IS NOT NULL)
  );

CREATE POLICY tenant ON referloop.referral_identifier AS RESTRICTIVE FOR SELECT TO referloop_reader
  USING (referrer_id = current_setting('referloop.referrer', true));

CREATE POLICY tenant ON referloop.shared_identifier AS RESTRICTIVE FOR SELECT TO referloop_reader
  USING (referrer_id = current_setting('referloop.referrer', true));

CREATE POLICY tenant ON referloop.clinic_participant AS RESTRICTIVE FOR SELECT TO referloop_reader
  USING (
    clinic_id = current_setting('referloop.clinic', true)
    OR referrer_id = current_setting('referloop.referrer', true)
  );

-- The tables within are read through their own policies.
CREATE POLICY tenant ON referloop.resource AS RESTRICTIVE FOR SELECT TO referloop_reader
  USING (
    referrer_id = current_setting('referloop.referrer', true)
    OR (clinic_id = current_setting('referloop.clinic', true) AND EXISTS (
      SELECT FROM referloop.referral r WHERE r.id = referral_id AND r.clinic_id = resource.clinic_id))
    OR (referral_id IS NULL AND EXISTS (
      SELECT FROM referloop.clinic_participant p
      WHERE p.clinic_id = current_setting('referloop.clinic', true)
        AND p.type = resource.type AND p.id = resource.id
        AND p.referrer_id = resource.referrer_id))
  );

CREATE POLICY tenant ON referloop.resource_history AS RESTRICTIVE FOR SELECT TO referloop_reader
  USING (
    referrer_id = current_setting('referloop.referrer', true)
    OR (clinic_id = current_setting('referloop.clinic', true) AND EXISTS (
      SELECT FROM referloop.referral r
      WHERE r.id = referral_id AND r.clinic_id = resource_history.clinic_id))
    OR (referral_id IS NULL AND EXISTS (
      SELECT FROM referloop.clinic_participant p
      WHERE p.clinic_id = current_setting('referloop.clinic', true)
        AND p.type = resource_history.type AND p.id = resource_history.id
        AND p.referrer_id = resource_history.referrer_id))
  );

-- A referrer sees what concerns its patients, a clinic its own requests and what concerns a referral
-- that is with it.
CREATE POLICY tenant ON referloop.audit_event AS RESTRICTIVE FOR SELECT TO referloop_reader
  USING (
    referrer_id = current_setting('referloop.referrer', true)
    OR (clinic_id = current_setting('referloop.clinic', true) AND (
      organization = current_setting('referloop.clinic', true)
      OR EXISTS (SELECT FROM referloop.referral r
        WHERE r.id = referral_id AND r.clinic_id = current_setting('referloop.clinic', true))))
  );

-- Behind a policy the index of tokens cannot be used, because && is not leakproof. This looks the
-- ids up as the owner of the table, within the same tenant; the rows are read through the policies.
CREATE FUNCTION referloop.with_tokens(of_type text, any_of text[]) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER ROWS 100 SET search_path = pg_catalog AS $$
  SELECT x.id FROM referloop.resource x
  WHERE cardinality(x.tokens) > 0 AND x.tokens && any_of AND x.type = of_type
    AND x.referrer_id = current_setting('referloop.referrer', true)
  UNION ALL
  SELECT x.id FROM referloop.resource x
  WHERE cardinality(x.tokens) > 0 AND x.tokens && any_of AND x.type = of_type
    AND x.clinic_id = current_setting('referloop.clinic', true)
  UNION ALL
  SELECT x.id
  FROM referloop.clinic_participant p
  JOIN referloop.resource x ON x.type = p.type AND x.id = p.id AND x.referrer_id = p.referrer_id
  WHERE p.clinic_id = current_setting('referloop.clinic', true) AND p.type = of_type
    AND x.referral_id IS NULL AND x.tokens && any_of
$$;

REVOKE ALL ON FUNCTION referloop.with_tokens(text, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION referloop.with_tokens(text, text[]) TO referloop_reader;
