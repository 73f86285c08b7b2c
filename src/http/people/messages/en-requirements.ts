/** What each criterion of the published policy asks for, and its numbers, in plain English. */

export const enRequirements = {
  'criterion.qualifying-condition': 'A pain condition that the clinic treats',
  'criterion.chronicity': 'Pain for longer than 3 months',
  'criterion.treatment-failure-or-surgery': 'Prior treatment failed, or surgery is planned',
  'criterion.failed-opioid-therapy': 'An adequate opioid trial that failed',
  'criterion.failed-other-therapies': 'Two other classes of therapy that failed',
  'criterion.planned-surgery': 'An operation planned',
  'criterion.baseline-pain-score': 'A recent pain score',
  'criterion.cardiovascular-disease': 'No poorly controlled cardiovascular disease',
  'criterion.liver-disease': 'No severe liver disease',
  'criterion.psychosis': 'No poorly controlled psychosis',
  'criterion.substance-use': 'No active substance use disorder',
  'criterion.intracranial-pressure': 'No raised intracranial pressure',
  'criterion.glaucoma': 'No glaucoma or raised eye pressure',
  'criterion.pregnancy': 'Not pregnant',
  'criterion.ketamine-hypersensitivity': 'No allergy to ketamine or esketamine',

  'requirement.qualifying-condition':
    'An active, confirmed diagnosis of chronic pain of a kind that the clinic treats, such as complex regional pain syndrome, neuropathic pain or fibromyalgia. An underlying disease counts when pain is documented beside it.',
  'requirement.chronicity': 'The pain began so long before the referral.',
  'requirement.treatment-failure-or-surgery':
    'Whether a treatment helped is read from pain scores before and after it, from the form, or from the reason for which it was stopped.',
  'requirement.failed-opioid-therapy':
    'An opioid for pain that was taken long enough and in a sufficient dose and did not help, or that was not tolerated.',
  'requirement.failed-other-therapies':
    'Medicines or treatments of different classes that were taken long enough and did not help, or that were not tolerated.',
  'requirement.planned-surgery': 'An operation is ordered, booked or planned.',
  'requirement.baseline-pain-score': 'A pain intensity from 0 to 10, with its date.',
  'requirement.cardiovascular-disease':
    'The form says no, a recent blood pressure is in range, and the record shows no unstable disease of the heart or the vessels.',
  'requirement.liver-disease':
    'The form says no, and the record shows no severe disease. Liver values are asked for where a mild one is known.',
  'requirement.psychosis': 'The form says no, and the record shows no acute psychosis.',
  'requirement.substance-use':
    'The form says no, and the record shows no active disorder. Nicotine, remission and opioids that are prescribed for pain do not count.',
  'requirement.intracranial-pressure':
    'The form says no, and the record shows no raised pressure in the skull.',
  'requirement.glaucoma': 'The form says no, and the record shows neither.',
  'requirement.pregnancy':
    'Asked of women of these ages, and where the sex is not known: the form says no, and the record shows no pregnancy.',
  'requirement.ketamine-hypersensitivity':
    'The form says no, or it is documented that no allergy is known.',

  'parameter.painWindow': 'Pain score not older than',
  'parameter.painEvidenceScore': 'Pain beside an underlying disease: score of at least',
  'parameter.screenWindow': 'Screening form not older than',
  'parameter.chronicityDays': 'Pain for at least',
  'parameter.opioidTrialDays': 'Taken for at least',
  'parameter.otherTrialDays': 'Taken for at least',
  'parameter.minMme': 'Average dose of at least, in morphine equivalents',
  'parameter.reliefPct': 'It helped when the score fell by at least',
  'parameter.ineffectiveScore': 'It failed when the score stayed at or above',
  'parameter.baselineScoreDays': 'Score before treatment: earlier than its start by at most',
  'parameter.outcomeScoreFromDay': 'Score of the outcome: later than the start by at least',
  'parameter.outcomeScoreAfterEnd': 'Score of the outcome: later than the end by at most',
  'parameter.refillGapDays': 'Refills are one treatment when the gap is at most',
  'parameter.lookBackYears': 'Treatments count that ended in the last',
  'parameter.minNonOpioidClasses': 'Different classes of treatment, at least',
  'parameter.surgeryHorizonDays': 'The operation is within',
  'parameter.bpWindow': 'Blood pressure not older than',
  'parameter.bpReviewSystolic': 'A clinician looks at it from a systolic pressure of',
  'parameter.bpReviewDiastolic': 'A clinician looks at it from a diastolic pressure of',
  'parameter.bpFailSystolic': 'Poorly controlled from a systolic pressure of',
  'parameter.bpFailDiastolic': 'Poorly controlled from a diastolic pressure of',
  'parameter.miDays': 'Unstable heart disease counts for',
  'parameter.crisisDays': 'A hypertensive crisis counts for',
  'parameter.psychosisDays': 'Acute psychosis counts for',
  'parameter.lftWindow': 'Liver values not older than',
  'parameter.enzymeUpperLimit': 'Upper limit of ALT and AST, where the laboratory gives none',
  'parameter.altReview':
    'A clinician looks at it when ALT or AST is above this many times the limit',
  'parameter.altFail': 'Severe when ALT or AST is above this many times the limit',
  'parameter.bilirubinReview': 'A clinician looks at it when bilirubin is above',
  'parameter.childPughWindow': 'Child-Pugh class not older than',
  'parameter.udsWindow': 'A positive urine test counts for',
  'parameter.scoreWindow': 'AUDIT and DAST-10 count for',
  'parameter.auditReview': 'A clinician looks at it from an AUDIT score of',
  'parameter.dastReview': 'A clinician looks at it from a DAST-10 score of',
  'parameter.oudRunDays': 'Medicines for opioid use disorder count when taken in the last',
  'parameter.iopReview': 'A clinician looks at it when the eye pressure is above',
  'parameter.iopWindow': 'An eye pressure counts for',
  'parameter.pregnancyDays': 'A recorded pregnancy counts for',
  'parameter.pregnancyMinAge': 'Asked from the age of',
  'parameter.pregnancyMaxAge': 'Asked up to the age of',
  'parameter.hcgDays': 'A pregnancy test counts for',
  'parameter.hcgQuantitative': 'Positive from an hCG of',
  'parameter.noKnownAllergyDays': '“No known allergy” counts for',

  'unit.mgPerDay': (value: string) => `${value} mg a day`,
} as const
