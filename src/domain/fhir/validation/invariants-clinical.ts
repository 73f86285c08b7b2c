/** Invariants of clinical resources and of the people and places in them. */
import {
  type Focus,
  has,
  hasChoice,
  hasCode,
  isObject,
  notBoth,
  numberOf,
  objects,
  oneOf,
} from './focus.ts'
import type { NativeInvariant } from './invariant.ts'

const terminology = 'http://terminology.hl7.org/CodeSystem'
const allergyVerification = `${terminology}/allergyintolerance-verification`
const conditionClinical = `${terminology}/condition-clinical`
const conditionVerification = `${terminology}/condition-ver-status`

const isMistakenAllergy = (allergy: Focus) =>
  hasCode(allergy.verificationStatus, allergyVerification, 'entered-in-error')
const isMistakenCondition = (condition: Focus) =>
  hasCode(condition.verificationStatus, conditionVerification, 'entered-in-error')
const isOfMode = (list: Focus, mode: string) => list.mode === undefined || list.mode === mode
const isNotHome = (focus: Focus) => focus.use !== 'home' || ['use']

export const clinicalInvariants = {
  'ait-1': (allergy) => isMistakenAllergy(allergy) || has(allergy, 'clinicalStatus'),
  'ait-2': (allergy) => !isMistakenAllergy(allergy) || !has(allergy, 'clinicalStatus'),
  'con-1': oneOf('summary', 'assessment'),
  'con-2': oneOf('code', 'detail'),
  'con-4': (condition) =>
    !hasChoice(condition, 'abatement') ||
    hasCode(condition.clinicalStatus, conditionClinical, 'resolved', 'remission', 'inactive'),
  'con-5': (condition) => !isMistakenCondition(condition) || !has(condition, 'clinicalStatus'),
  'fhs-1': (history) => !hasChoice(history, 'age') || !hasChoice(history, 'born'),
  'fhs-2': (history) => hasChoice(history, 'age') || !has(history, 'estimatedAge'),
  'obs-3': oneOf('low', 'high', 'text'),
  'obs-6': (observation) =>
    !has(observation, 'dataAbsentReason') || !hasChoice(observation, 'value'),
  'obs-7': (observation) => !hasChoice(observation, 'value') || !repeatsItsCode(observation),
  'ras-1': (focus) => [focus.low, focus.high].every(isPercentOrAbsent),
  'ras-2': ({ probabilityDecimal }) => !(numberOf(probabilityDecimal) > 100),
  'mad-1': (dosage) => has(dosage, 'dose') || hasChoice(dosage, 'rate'),
  'imm-1': oneOf('documentType', 'reference'),
  'imr-1': oneOf('vaccineCode', 'targetDisease'),
  'org-1': oneOf('identifier', 'name'),
  'org-2': isNotHome,
  'org-3': isNotHome,
  'pat-1': oneOf('name', 'telecom', 'address', 'organization'),
  'cmp-1': oneOf('text', 'entry', 'section'),
  'cmp-2': notBoth('emptyReason', 'entry'),
  'lst-1': notBoth('emptyReason', 'entry'),
  'lst-2': (list) =>
    isOfMode(list, 'changes') || !objects(list.entry).some((e) => has(e, 'deleted')),
  'lst-3': (list) => isOfMode(list, 'working') || !objects(list.entry).some((e) => has(e, 'date')),
  'grp-1': (group) => !has(group, 'member') || group.actual === true,
  'gol-1': (target) => !hasChoice(target, 'detail') || has(target, 'measure'),
} satisfies Record<string, NativeInvariant>

/** A component must not carry the code that the whole observation has. */
function repeatsItsCode(observation: Focus): boolean {
  if (!Array.isArray(observation.component)) return false
  const own = new Set(codings(observation).map(spelled))
  return objects(observation.component).some((component) =>
    codings(component).some((coding) => own.has(spelled(coding))),
  )
}

function codings({ code }: Focus): readonly Focus[] {
  return isObject(code) ? objects(code.coding) : []
}

function spelled(coding: Focus): string {
  return JSON.stringify(Object.entries(coding).sort())
}

function isPercentOrAbsent(quantity: unknown): boolean {
  if (!isObject(quantity)) return true
  return quantity.code === '%' && quantity.system === 'http://unitsofmeasure.org'
}
