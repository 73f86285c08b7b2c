-- The referring practice: its lists of referrals (src/domain/referral/practice-list.ts), and what it has
-- filled in and not sent (answer-draft.ts). The list of a referral is written out as CASE, since behind a
-- policy only what cannot tell of rows is looked up in an index (0018).
CREATE INDEX referral_practice ON referloop.referral
  (referrer_id,
    (CASE
      WHEN business_status IN ('declined', 'cancelled', 'failed', 'completed') THEN 'closed'
      WHEN business_status IN ('awaiting-information', 'awaiting-acknowledgement') THEN 'answer'
      ELSE 'open'
    END),
    (CASE WHEN next_due IS NULL THEN 'infinity'::timestamptz ELSE next_due END), created_at, id)
  INCLUDE (clinic_id);
CREATE INDEX referral_practice_closed ON referloop.referral (referrer_id, updated_at, id)
  WHERE business_status IN ('declined', 'cancelled', 'failed', 'completed');

CREATE TABLE referloop.answer_draft (
  referral_id   text COLLATE "C" PRIMARY KEY,
  referrer_id   text COLLATE "C" NOT NULL,
  version       int NOT NULL,
  -- A QuestionnaireResponse, as the table of resources would have it.
  content       text NOT NULL,
  saved_at      timestamptz NOT NULL,
  saved_by      text NOT NULL,
  saved_by_name text NOT NULL
) WITH (fillfactor = 70);

-- The second wall of 0003: a draft is its practice's alone.
GRANT SELECT ON referloop.answer_draft TO referloop_reader;
ALTER TABLE referloop.answer_draft ENABLE ROW LEVEL SECURITY;
ALTER TABLE referloop.answer_draft FORCE ROW LEVEL SECURITY;
CREATE POLICY service ON referloop.answer_draft
  USING (current_setting('referloop.service', true) = 'on')
  WITH CHECK (current_setting('referloop.service', true) = 'on');
CREATE POLICY tenant ON referloop.answer_draft AS RESTRICTIVE FOR SELECT TO referloop_reader
  USING (referrer_id = current_setting('referloop.referrer', true));
