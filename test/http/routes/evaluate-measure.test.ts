/** CMS50 of what went through here, by the API: counted right, of the caller alone, and valid FHIR. */

import type { Measure, MeasureReport, OperationOutcome, Task } from 'fhir/r4'
import t from 'tap'
import { createReferralValidator } from '../../../src/domain/fhir/validation/referral-validator.ts'
import { aReferral } from '../../helpers/a-referral.ts'
import { aHalfYear, live } from '../../helpers/insight-history.ts'
import { type History, loopOf } from '../../helpers/insight-oracle.ts'
import { ownRegistry } from '../../helpers/own-registry.ts'
import { entered } from '../../helpers/pages.ts'
import { startWorld } from '../../helpers/world.ts'

const { config, clientKeys } = await ownRegistry()
const world = await startWorld(t, { background: false, config, clientKeys })
const histories: readonly History[] = [
  ...aHalfYear('river-pain-clinic', '2026-07-01T00:00:00.000Z', 24),
  ...aHalfYear('summit-pain-center', '2026-07-01T00:00:00.000Z', 8),
]
await Promise.all(histories.map((each) => live(world.app.storage.referrals, each)))

const lakeside = world.client('lakeside-family')
const river = world.client('river-pain-clinic')
const address = 'Measure/closing-the-referral-loop/$evaluate-measure'
const query = `${address}?periodStart=2026-01-01&periodEnd=2026-12-31`
const period = {
  from: '2026-01-01T05:00:00.000Z',
  until: '2027-01-01T05:00:00.000Z',
  referredUntil: '2026-11-01T04:00:00.000Z',
}
const viewers = {
  lakeside: { role: 'referrer', organization: 'lakeside-family' },
  river: { role: 'clinic', organization: 'river-pain-clinic' },
} as const
const validator = createReferralValidator({ onUnevaluated: (key) => t.fail(key) })

const countsOf = ({ group }: MeasureReport) =>
  Object.fromEntries(
    (group?.[0]?.population ?? []).map(({ code, count }) => [code?.coding?.[0]?.code, count]),
  )

t.test('a practice and a clinic are each told of their own loops', async (t) => {
  for (const [client, viewer] of [
    [lakeside, viewers.lakeside],
    [river, viewers.river],
  ] as const) {
    const { status, body } = await client.get<MeasureReport>(query)
    t.equal(status, 200)
    const { initialPopulation, numerator } = loopOf(histories, viewer, period)
    t.ok(initialPopulation > 3 && numerator > 1)
    t.same(countsOf(body), {
      'initial-population': initialPopulation,
      denominator: initialPopulation,
      numerator,
    })
    t.equal(
      body.group?.[0]?.measureScore?.value,
      Math.round((numerator / initialPopulation) * 10_000) / 10_000,
    )
    t.same(validator.validate(body), [], 'as FHIR has it')
  }
})

t.test('POST says the same as GET, and a strange address nothing', async (t) => {
  const get = await lakeside.get<MeasureReport>(query)
  const post = await lakeside.post<MeasureReport>(address, {
    resourceType: 'Parameters',
    parameter: [
      { name: 'periodStart', valueDate: '2026' },
      { name: 'periodEnd', valueDate: '2026' },
      { name: 'reporter', valueString: 'http://hl7.org/fhir/sid/us-npi|1245319599' },
    ],
  })
  t.same(countsOf(post.body), countsOf(get.body))
  const other = await lakeside.get<OperationOutcome>(query.replace('closing', 'opening'))
  t.equal(other.status, 404)
})

t.test('OW1 nobody is told of others, whoever the reporter is said to be', async (t) => {
  const ask = async (reporter: string) => {
    const { status, body } = await lakeside.get<OperationOutcome>(`${query}&reporter=${reporter}`)
    return [status, body.issue?.[0]?.diagnostics]
  }
  const nobody = await ask('nobody')
  t.equal(nobody[0], 400)
  for (const reporter of ['hilltop-internal', 'Organization/river-pain-clinic', '1003000126'])
    t.same(await ask(reporter), nobody, reporter)
  const { body } = await river.get<MeasureReport>(query)
  t.notMatch(JSON.stringify(body), 'summit')
})

t.test('what is no measurement period, or not served, is refused in words', async (t) => {
  for (const parameters of [
    'periodStart=2026-01-01',
    'periodStart=2026-02-30&periodEnd=2026-12-31',
    'periodStart=2026-12-31&periodEnd=2026-01-01',
    'periodStart=2020&periodEnd=2026',
    'periodStart=x&periodEnd=2026',
    'periodStart=2026&periodEnd=2026&reportType=subject-list',
    'periodStart=2026&periodEnd=2026&practitioner=Practitioner/1',
    'periodStart=2026&periodStart=2025&periodEnd=2026',
  ]) {
    const { status } = await lakeside.get(`${address}?${parameters}`)
    t.equal(status, 400, parameters)
  }
})

t.test('a quarter counts referrals of all of it; nothing there has no score', async (t) => {
  const empty = await lakeside.get<MeasureReport>(
    `${address}?periodStart=2024-01&periodEnd=2024-03`,
  )
  t.same(countsOf(empty.body), { 'initial-population': 0, denominator: 0, numerator: 0 })
  t.notOk(empty.body.group?.[0]?.measureScore)
  t.same(validator.validate(empty.body), [])
  const until = '2026-04-01T04:00:00.000Z'
  const quarter = await lakeside.get<MeasureReport>(
    `${address}?periodStart=2026-01&periodEnd=2026-03`,
  )
  const wanted = loopOf(histories, viewers.lakeside, { ...period, until, referredUntil: until })
  t.equal(countsOf(quarter.body)['initial-population'], wanted.initialPopulation)
  t.equal(countsOf(quarter.body).numerator, wanted.numerator)
})

t.test('the Measure is published, valid, and says where it differs', async (t) => {
  const { body } = await lakeside.get<Measure>('Measure/closing-the-referral-loop')
  t.same(validator.validate(body), [])
  t.match(body.usage, /differs from CMS50v14/)
  const report = await lakeside.get<MeasureReport>(query)
  t.equal(report.body.measure, `${body.url}|${body.version}`)
  t.match(report.body.text?.div, 'Not for submission to CMS')
})

t.test('a referral that goes the whole way by the stories closes its loop', async (t) => {
  const today = new Date().toISOString().slice(0, 10)
  const month = `${address}?periodStart=${today.slice(0, 7)}&periodEnd=${today.slice(0, 7)}`
  const { taskId } = await world.refer(aReferral())
  const counts = async () => countsOf((await lakeside.get<MeasureReport>(month)).body)
  t.match(await counts(), { denominator: 1, numerator: 0 })
  const note = { type: { text: 'Outcome' }, valueString: 'Seen; the first infusion went well.' }
  const move = async (status: Task['status'], ...more: NonNullable<Task['output']>) => {
    const { body, etag } = await river.get<Task>(`Task/${taskId}`)
    const sent = { ...body, status, output: [...(body.output ?? []), ...more] }
    const answer = await river.put(`Task/${taskId}`, sent, { 'if-match': etag })
    t.equal(answer.status, 200, status)
  }
  await move('accepted')
  await move('completed', note)
  t.match(await counts(), { denominator: 1, numerator: 1 })
  const person = { id: 'https://ehr.example|nurse', name: 'Nora Lind, RN' }
  const nurse = await entered(world.app, { ...viewers.river, person })
  const page = await nurse.get('/insight?period=month')
  t.match(page.html, /<h2>Closed with an outcome note<\/h2><p class="big">100%/)
})

t.test('it is on record that somebody counted, and no patient', async (t) => {
  const inspection = await world.inspect()
  t.teardown(() => inspection.close())
  const lines = (await inspection.audit()).filter(({ action }) => action === 'evaluate-measure')
  t.ok(lines.length >= 5)
})
