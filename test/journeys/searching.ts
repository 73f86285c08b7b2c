/** A referrer and a clinic find their referrals again, by every parameter that is promised. */

import { randomUUID } from 'node:crypto'
import type { Bundle, FhirResource } from 'fhir/r4'
import type { Test } from 'tap'
import {
  aForm,
  aReferral,
  mrnSystem,
  npiSystem,
  npis,
  referralSystem,
} from '../helpers/a-referral.ts'
import { sideBySide } from '../helpers/engines.ts'
import type { FhirClient } from '../helpers/fhir-client.ts'
import { patientOf, sentOf } from '../helpers/journey.ts'
import { refer, type World } from '../helpers/world.ts'

export async function searching(t: Test, world: World): Promise<void> {
  const lakeside = world.client('lakeside-family')
  const river = world.client('river-pain-clinic')
  const mrn = randomUUID()
  const [first, second, third] = [randomUUID(), randomUUID(), randomUUID()]
  const sent = await refer(lakeside, aReferral({ mrn, identifier: first }))
  const urgent = await refer(
    lakeside,
    aReferral({ mrn, identifier: second, priority: 'urgent', beside: true }),
  )
  const incomplete = await refer(
    lakeside,
    aReferral({ mrn, identifier: third, unanswered: ['glaucoma'], beside: true }),
  )
  await world.reaches(sent, 'received/awaiting-triage')
  await world.reaches(urgent, 'received/awaiting-triage')
  const form = await lakeside.post('QuestionnaireResponse', {
    ...aForm({ reference: patientOf(sent) }, { glaucoma: 'N' }),
    basedOn: [{ reference: `ServiceRequest/${sent.id}` }],
  })
  const ours = `patient.identifier=${mrnSystem}|${mrn}`
  const practitioner = sentOf(sent, 'Practitioner')
  const requests = [sent.id, urgent.id, incomplete.id].map((id) => `ServiceRequest/${id}`)
  const tasks = [sent.taskId, urgent.taskId, incomplete.taskId].map((id) => `Task/${id}`)
  const [r1, r2, r3] = requests as [string, string, string]
  const [t1, t2, t3] = tasks as [string, string, string]

  const finds = async (t: Test, by: FhirClient, query: string, expected: readonly string[]) => {
    const bundle = await searchset(by, query)
    t.same([...matchesOf(bundle)].sort(), [...expected].sort(), query)
    t.equal(bundle.total, expected.length, `${query}: total`)
  }

  await sideBySide(t, {
    async 'each parameter finds what it should, and nothing else'(t) {
      const table: readonly (readonly [query: string, found: readonly string[]])[] = [
        [`ServiceRequest?${ours}`, requests],
        [`Task?${ours}`, tasks],
        [`ServiceRequest?_id=${sent.id}`, [r1]],
        [`ServiceRequest?_id=${sent.id},${urgent.id}`, [r1, r2]],
        [`ServiceRequest?identifier=${referralSystem}|${second}`, [r2]],
        [`ServiceRequest?identifier=${third}`, [r3]],
        [`ServiceRequest?${ours}&status=active`, requests],
        [`ServiceRequest?${ours}&status=revoked`, []],
        [`Task?${ours}&status=received`, [t1, t2]],
        [`Task?${ours}&status=requested,completed`, [t3]],
        [`Task?${ours}&business-status=awaiting-information`, [t3]],
        [`Task?${ours}&business-status=awaiting-triage`, [t1, t2]],
        [`ServiceRequest?${ours}&requester=${practitioner}`, requests],
        [
          `ServiceRequest?${ours}&performer:identifier=${npiSystem}|${npis['river-pain-clinic']}`,
          requests,
        ],
        [
          `ServiceRequest?${ours}&performer:identifier=${npiSystem}|${npis['summit-pain-center']}`,
          [],
        ],
        [`Task?${ours}&requester:identifier=${npiSystem}|1245319599`, tasks],
        [`Task?${ours}&owner:identifier=${npiSystem}|${npis['river-pain-clinic']}`, tasks],
        [`Task?focus=${r2}`, [t2]],
        [`Task?focus=${world.baseUrl}/fhir/${r2}`, [t2]],
        [`QuestionnaireResponse?based-on=${r1}`, [`QuestionnaireResponse/${form.body.id}`]],
        [`Task?${ours}&_lastUpdated=ge2026-01-01`, tasks],
        [`Task?${ours}&_lastUpdated=lt2026-01-01`, []],
        [`ServiceRequest?subject=${patientOf(sent)}`, requests],
        [`ServiceRequest?patient=${patientOf(sent)}&priority=urgent`, [r2]],
      ]
      for (const [query, found] of table) await finds(t, lakeside, query, found)
    },

    async 'the same search by POST, and with lenient handling'(t) {
      const posted = await lakeside.post<Bundle>('Task/_search', `${ours}&status=received`, {
        'content-type': 'application/x-www-form-urlencoded',
      })
      t.equal(posted.body.total, 2)
      const strict = await lakeside.get(`Task?${ours}&colour=red`)
      t.equal(strict.status, 400)
      t.match(strict.text, /has no search parameter colour/)
      const lenient = await lakeside.get<Bundle>(`Task?${ours}&colour=red`, {
        prefer: 'handling=lenient',
      })
      t.equal(lenient.body.total, 3)
      t.notMatch(lenient.body.link?.[0]?.url, 'colour', 'the self link says what was understood')
    },

    async 'what is related comes along'(t) {
      const included = await searchset(lakeside, `Task?_id=${sent.taskId}&_include=Task:focus`)
      t.same(includedIn(included), [r1])
      const chain = `ServiceRequest?_id=${sent.id}&_include=ServiceRequest:patient&_revinclude=Task:focus`
      t.same(includedIn(await searchset(lakeside, chain)).sort(), [patientOf(sent), t1].sort())
      t.equal((await searchset(lakeside, chain)).total, 1, 'and is not counted')
    },

    async 'pages follow one another by their links, whole and without repeats'(t) {
      for (const sort of ['_lastUpdated', '-_lastUpdated']) {
        const seen: string[] = []
        let url: string | undefined = `Task?${ours}&_count=1&_sort=${sort}`
        for (; url !== undefined; ) {
          const page: Bundle<FhirResource> = await searchset(lakeside, url)
          t.equal(page.total, 3)
          seen.push(...matchesOf(page))
          url = page.link?.find(({ relation }) => relation === 'next')?.url
        }
        t.equal(seen.length, 3)
        t.same([...seen].sort(), [...tasks].sort())
        const instants = await Promise.all(seen.map(async (path) => lastUpdated(lakeside, path)))
        const ordered = [...instants].sort()
        t.same(instants, sort.startsWith('-') ? ordered.reverse() : ordered, sort)
      }
      const none = await searchset(lakeside, `Task?${ours}&_count=0`)
      t.same([none.total, none.entry], [3, undefined])
    },

    async 'the clinic finds what is with it, and not what waits for the referrer'(t) {
      await finds(t, river, `Task?${ours}`, [t1, t2])
      await finds(t, river, `ServiceRequest?${ours}`, [r1, r2])
      await finds(t, river, `Task?_id=${incomplete.taskId}`, [])
      const related = await searchset(river, `Task?_id=${sent.taskId}&_include=Task:focus`)
      t.same(includedIn(related), [r1])
    },
  })
}

async function searchset(by: FhirClient, query: string): Promise<Bundle<FhirResource>> {
  const answer = await by.get<Bundle<FhirResource>>(query)
  if (answer.status !== 200) throw new Error(`${query}: ${answer.text}`)
  return answer.body
}

const entriesOf = (bundle: Bundle<FhirResource>, mode: string): string[] =>
  (bundle.entry ?? []).flatMap(({ resource, search }) =>
    search?.mode === mode ? [`${resource?.resourceType}/${resource?.id}`] : [],
  )

const matchesOf = (bundle: Bundle<FhirResource>) => entriesOf(bundle, 'match')
const includedIn = (bundle: Bundle<FhirResource>) => entriesOf(bundle, 'include')

const lastUpdated = async (by: FhirClient, path: string): Promise<string> =>
  (await by.get(path)).body.meta?.lastUpdated ?? ''
