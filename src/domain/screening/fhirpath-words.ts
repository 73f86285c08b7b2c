/** The functions and types that a clinic's own expression may name: https://hl7.org/fhirpath/N1/#functions */

const byArity: Readonly<Record<string, string>> = {
  '0': `empty not allTrue anyTrue allFalse anyFalse count distinct isDistinct single first last tail
    toBoolean toInteger toDecimal toString toDate toDateTime toTime convertsToBoolean
    convertsToInteger convertsToDecimal convertsToString convertsToDate convertsToDateTime
    convertsToTime convertsToQuantity upper lower length toChars trim abs ceiling exp floor ln sqrt
    truncate children descendants hasValue sum min max avg yearOf monthOf dayOf hourOf dateOf`,
  '0-1': 'exists join round toQuantity lowBoundary highBoundary',
  '1': `all subsetOf supersetOf where select repeat ofType is as skip take intersect exclude union
    combine indexOf startsWith endsWith contains matches split log power extension`,
  '1-2': 'substring aggregate',
  '2': 'replace replaceMatches',
  '2-3': 'iif',
}

/** How many values each takes, least and most. */
export const functions: ReadonlyMap<string, readonly [least: number, most: number]> = new Map(
  Object.entries(byArity).flatMap(([arity, names]) => {
    const [least = 0, most = least] = arity.split('-').map(Number)
    return names.split(/\s+/).map((name) => [name, [least, most]] as const)
  }),
)

const clock = 'reads the clock, and a check could not be repeated: use %checkDate'
const outside = 'is not available: nothing but the referral is read'

export const refusedFunctions: ReadonlyMap<string, string> = new Map([
  ['now', clock],
  ['today', clock],
  ['timeOfDay', clock],
  ['resolve', outside],
  ['memberOf', outside],
  ['subsumes', outside],
  ['subsumedBy', outside],
  ['conformsTo', outside],
  ['weight', outside],
  ['ordinal', outside],
  ['trace', 'is not available: it would write down what it is given'],
])

export const systemTypes: ReadonlySet<string> = new Set([
  'Any',
  'Boolean',
  'String',
  'Integer',
  'Decimal',
  'Date',
  'DateTime',
  'Time',
  'Quantity',
])

/** The types that say something of a patient, and that can be asked for. */
export const clinicalTypes: ReadonlySet<string> = new Set([
  'AllergyIntolerance',
  'Appointment',
  'Condition',
  'DiagnosticReport',
  'Encounter',
  'FamilyMemberHistory',
  'Immunization',
  'MedicationAdministration',
  'MedicationDispense',
  'MedicationRequest',
  'MedicationStatement',
  'Observation',
  'Procedure',
  'QuestionnaireResponse',
  'ServiceRequest',
])
