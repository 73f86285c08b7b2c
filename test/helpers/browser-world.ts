/** A sandbox with referrals in every state that a browser is to look at, all of them made up. */

import type { Bundle, FhirResource, Patient, ServiceRequest } from 'fhir/r4'
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { aForm, aReferral, type ReferralWishes, requestOf, resourcesOf } from './a-referral.ts'
import { linkFor } from './answering.ts'
import { daysAgo } from './evidence.ts'
import { aHalfYear, live } from './insight-history.ts'
import { ownRegistry } from './own-registry.ts'
import { entered, type Visitor } from './pages.ts'
import { type Referred, startWorld, type World } from './world.ts'

interface Person {
  readonly family: string
  readonly given: string
  readonly birthDate: string
}

const persons: readonly Person[] = [
  { family: 'Okonkwo', given: 'Adaeze', birthDate: '1961-02-11' },
  { family: 'Lindqvist', given: 'Per', birthDate: '1948-09-30' },
  { family: 'García Márquez', given: 'Inés', birthDate: '1990-12-01' },
  { family: 'אלון', given: 'נעה', birthDate: '1975-05-05' },
  {
    family: 'Featherstonehaugh-Cholmondeley',
    given: 'Wilhelmina Alexandra',
    birthDate: '1939-01-08',
  },
  { family: 'Ng', given: 'Su', birthDate: '2001-07-19' },
  { family: 'Petrov', given: 'Ivan', birthDate: '1983-03-27' },
  { family: 'Whitehorse', given: 'Dana', birthDate: '1957-11-14' },
  { family: 'Haile', given: 'Meron', birthDate: '1995-08-22' },
  { family: 'Kowalski', given: 'Zofia', birthDate: '1970-04-02' },
]

/** Who is referred how: unanswered questions make a check incomplete, an answer of Y contraindicates. */
const wishes: readonly ReferralWishes[] = [
  { priority: 'urgent' },
  {},
  { priority: 'stat' },
  {},
  { priority: 'asap' },
  {},
  {},
  { priority: 'urgent' },
  {},
  {},
]

export interface BrowserWorld {
  readonly world: World
  readonly referred: readonly Referred[]
  /** One more, which lacks something and so is with its practice yet. */
  readonly lacking: Referred
  /** Somebody signed in, without a browser. */
  /** Of a link to what is lacking, that nobody has opened. */
  readonly answerSecret: string
  enter(who: Staff): Promise<Visitor>
  /** Signs the browser in as the triage nurse, or as who is named. */
  signIn(page: Page, who?: Staff): Promise<void>
}

const staff = {
  nurse: ['clinic', 'river-pain-clinic', 'Nora Lind, RN'],
  colleague: ['clinic', 'river-pain-clinic', 'Amir Haddad, MD'],
  physician: ['referrer', 'lakeside-family', 'Dr Kim Example'],
  // Of organisations with half a year behind them, and nothing on their lists that can be opened.
  director: ['clinic', 'summit-pain-center', 'Sam Okafor, RN'],
  manager: ['referrer', 'hilltop-internal', 'Pat Rivera'],
} as const
export type Staff = keyof typeof staff

/** Ten referrals that wait for triage at a clinic without an EHR; of the last the nurse has a draft. */
export async function browserWorld(t: Test): Promise<BrowserWorld> {
  const { config, clientKeys } = await ownRegistry()
  const world = await startWorld(t, { background: false, config, clientKeys })
  const referred: Referred[] = []
  for (const [n, person] of persons.entries()) {
    const bundle = aReferral(wishes[n])
    const patient = resourcesOf(bundle).find(({ resourceType }) => resourceType === 'Patient')
    Object.assign(patient as Patient, {
      name: [{ family: person.family, given: [person.given] }],
      birthDate: person.birthDate,
    })
    const request: ServiceRequest = requestOf(bundle)
    request.reasonCode = [{ text: reasons[n % reasons.length] as string }]
    referred.push(await world.refer(bundle))
  }
  const lacking = await world.refer(aLackingReferral())
  const { commit } = world.app.storage.referrals
  const past = aHalfYear('summit-pain-center', new Date().toISOString(), 60)
  await Promise.all(
    past.map((each) => live({ commit }, { ...each, referrerId: 'hilltop-internal' })),
  )
  const enter = (who: Staff): Promise<Visitor> => {
    const [role, organization, name] = staff[who]
    const person = { id: `https://ehr.example|${who}`, name }
    return entered(world.app, { role, organization, person })
  }
  const begun = { version: '1', text: 'Not before the autumn. Summit has room in May.' }
  await (await enter('nurse')).post(`/referrals/${referred[9]?.id}/drafts/decline`, begun)
  return {
    world,
    referred,
    lacking,
    answerSecret: await linkFor(lacking),
    enter,
    async signIn(page, who = 'nurse') {
      const { cookies } = await enter(who)
      const { hostname } = new URL(world.baseUrl)
      await page.context().addCookies(
        [...cookies].map(([cookie, value]) => ({
          name: cookie,
          value,
          domain: hostname,
          path: '/',
        })),
      )
    },
  }
}

/** Without a pain score and two answers; of one of them the record has an old one. */
function aLackingReferral(): Bundle<FhirResource> {
  const bundle = aReferral({ unanswered: ['glaucoma', 'psychosis'], painScores: false })
  const stale = aForm(requestOf(bundle).subject, { glaucoma: 'N' }, daysAgo(200))
  const fullUrl = 'urn:uuid:5d9f2a52-3f0e-4c55-9d0e-1f2b7f5f7a01'
  bundle.entry?.push({
    fullUrl,
    resource: stale,
    request: { method: 'POST', url: 'QuestionnaireResponse' },
  })
  requestOf(bundle).supportingInfo?.push({ reference: fullUrl })
  return bundle
}

const reasons = [
  'Complex regional pain syndrome of the right arm, three trials of medication without effect',
  'Refractory neuropathic pain',
  'Fibromyalgia; asks for an assessment for ketamine infusion',
]
