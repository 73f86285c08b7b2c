import fc from 'fast-check'
import t from 'tap'
import { parseSearch, tokensOf } from '../../../src/domain/fhir/search.ts'
import { cursorAfter } from '../../../src/domain/fhir/search-cursor.ts'
import { calendarKey, dateBounds } from '../../../src/domain/fhir/search-dates.ts'
import { Problem } from '../../../src/domain/problem.ts'

const request = {
  resourceType: 'ServiceRequest',
  id: '1',
  identifier: [{ system: 'https://a.example/ids', value: 'REF-1' }, { value: 'bare|1' }],
  status: 'active',
  code: { coding: [{ system: 'http://snomed.info/sct', code: '306265007' }, { code: 'local' }] },
  subject: { reference: 'Patient/p1/_history/3' },
  performer: [{ identifier: { system: 'http://hl7.org/fhir/sid/us-npi', value: '1234567893' } }],
  requester: { reference: 'Practitioner/d1' },
  basedOn: [{ reference: 'CarePlan/c1' }, { reference: 'https://other.example/fhir/CarePlan/9' }],
  authoredOn: '2026-03-02',
}
const tokens = tokensOf(request, { patientIdentifiers: ['https://a.example/mrn|M-1', '|M-2'] })

const search = (query: string, type = 'ServiceRequest', options = {}) =>
  parseSearch(type, new URLSearchParams(query), { base: 'https://us.example/fhir', ...options })

/** Would the store find the request? */
const finds = (query: string, stored: readonly string[] = tokens) =>
  search(query).query.tokens.every((any) => any.some((token) => stored.includes(token)))

const refusal = (query: string, type = 'ServiceRequest') => {
  try {
    search(query, type)
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error(`${query} was not refused`)
}

t.test('tokens and queries agree', async (t) => {
  for (const query of [
    'identifier=https://a.example/ids|REF-1',
    'identifier=REF-1',
    'identifier=|bare\\|1',
    'identifier=bare\\|1',
    'identifier=nothing,REF-1',
    'status=active',
    'status=http://hl7.org/fhir/request-status|active',
    'code=http://snomed.info/sct|306265007',
    'code=306265007',
    'code=|local',
    'patient=p1',
    'patient=Patient/p1',
    'subject=p1',
    'subject:Patient=p1',
    'subject=https://us.example/fhir/Patient/p1',
    'requester=d1',
    'requester=Practitioner/d1',
    'based-on=https://other.example/fhir/CarePlan/9',
    'performer:identifier=http://hl7.org/fhir/sid/us-npi|1234567893',
    'performer:identifier=1234567893',
    'patient.identifier=https://a.example/mrn|M-1',
    'subject:Patient.identifier=M-1',
    'patient.identifier=|M-2',
    'status=active&code=306265007&patient=p1',
    'authored=2026',
    'authored=ge2026-03-02&authored=lt2026-03-03',
  ])
    t.ok(finds(query), query)
})

t.test('what is not there is not found', async (t) => {
  for (const query of [
    'identifier=https://b.example/ids|REF-1',
    'identifier=|REF-1',
    'identifier=bare',
    'identifier=bare|1',
    'status=revoked',
    'status=http://wrong.example|active',
    'code=|306265007',
    'code=http://snomed.info/sct|local',
    'patient=p2',
    'subject=Group/p1',
    'requester=Organization/d1',
    'performer:identifier=other|1234567893',
    'patient.identifier=https://a.example/mrn|M-2',
    'status=active&status=revoked',
    'authored=gt2026-03-02',
    'authored=2025',
  ])
    t.notOk(finds(query), query)
})

t.test('a date finds what the standard says it finds', async () => {
  const instant = fc.date({
    min: new Date('2023-11-01T00:00:00Z'),
    max: new Date('2025-03-01T00:00:00Z'),
    noInvalidDate: true,
  })
  const written = fc.tuple(instant, fc.constantFrom(4, 7, 10, 19)).map(([date, length]) => {
    const text = date.toISOString().slice(0, length)
    return length === 19 ? `${text}Z` : text
  })
  const prefix = fc.constantFrom('', 'eq', 'ge', 'gt', 'le', 'lt', 'sa', 'eb')
  fc.assert(
    fc.property(written, prefix, written, (value, sign, asked) => {
      const found = finds(`authored=${sign}${asked}`, tokensOf({ ...request, authoredOn: value }))
      return found === expected(value, sign, asked)
    }),
    { numRuns: 3000 },
  )
  // https://hl7.org/fhir/R4/search.html#prefix, both sides being spans of time
  function expected(value: string, sign: string, asked: string): boolean {
    const [target, wanted] = [dateBounds(value), dateBounds(asked)]
    const above = target.until > wanted.until
    const below = target.from < wanted.from
    const within = target.from >= wanted.from && target.until <= wanted.until
    switch (sign) {
      case 'ge':
        return above || within
      case 'gt':
        return above
      case 'le':
        return below || within
      case 'lt':
        return below
      case 'sa':
        return target.from >= wanted.until
      case 'eb':
        return target.until <= wanted.from
      default:
        return within
    }
  }
})

t.test('a time counts in UTC', async (t) => {
  const stored = tokensOf({ ...request, authoredOn: '2026-03-02T23:30:00-05:00' })
  t.ok(finds('authored=2026-03-03', stored))
  t.notOk(finds('authored=2026-03-02', stored))
  t.ok(finds('authored=ge2026-03-02T23:00:00-05:00', stored))
  t.ok(finds('authored=ge2026-03-03T04:30:00+00:00', stored), 'a plus sign that became a space')
})

t.test('dates that do not exist are none', async (t) => {
  for (const text of ['2026-02-30', '2026-13', '20260302', '2026-03-02T25:00:00Z', '', 'today'])
    t.equal(calendarKey(text), undefined, text)
  for (const query of [
    'authored=2026-02-30',
    '_lastUpdated=yesterday',
    'authored=ne2026',
    'authored=ap2026',
  ])
    t.equal(refusal(query).code, 'bad-parameter', query)
})

t.test('_lastUpdated becomes bounds on instants', async (t) => {
  const bounds = (query: string) => search(query).query.lastUpdated
  const day = { from: '2026-03-02T00:00:00.000Z', until: '2026-03-03T00:00:00.000Z' }
  t.strictSame(bounds('_lastUpdated=2026-03-02'), [
    { op: 'ge', instant: day.from },
    { op: 'lt', instant: day.until },
  ])
  t.strictSame(bounds('_lastUpdated=ge2026-03-02'), [{ op: 'ge', instant: day.from }])
  t.strictSame(bounds('_lastUpdated=gt2026-03-02'), [{ op: 'ge', instant: day.until }])
  t.strictSame(bounds('_lastUpdated=le2026-03-02'), [{ op: 'lt', instant: day.until }])
  t.strictSame(bounds('_lastUpdated=lt2026-03-02'), [{ op: 'lt', instant: day.from }])
  t.strictSame(bounds('_lastUpdated=gt2026-03-02T10:00:00.123Z'), [
    { op: 'ge', instant: '2026-03-02T10:00:00.124Z' },
  ])
  t.strictSame(bounds('_lastUpdated=ge2026-03-02T10:00:00.123%2B01:00'), [
    { op: 'ge', instant: '2026-03-02T09:00:00.123Z' },
  ])
  t.equal(bounds('_lastUpdated=ge2026&_lastUpdated=lt2027')?.length, 2)
})

t.test('count, order, ids and paging', async (t) => {
  t.equal(search('').query.count, 50)
  t.equal(search('_count=1000').query.count, 200)
  t.ok(search('_count=0').countOnly)
  t.ok(search('_summary=count').countOnly)
  t.equal(search('').query.order, 'descending')
  t.equal(search('_sort=_lastUpdated').query.order, 'ascending')
  t.strictSame(search('_id=a,b&_id=b,c').query.ids, ['b'])
  const position = { lastUpdated: '2026-03-02T10:00:00.000Z', id: 'x-1' }
  const paged = search(`_cursor=${cursorAfter(position)}&status=active`)
  t.strictSame(paged.query.after, position)
  t.strictSame(paged.understood, [['status', 'active']], 'the cursor is no part of the self link')
})

t.test('includes name what they start from and lead to', async (t) => {
  t.match(search('_include=Task:focus:ServiceRequest', 'Task').includes, [
    { source: 'Task', name: 'focus', target: 'ServiceRequest' },
  ])
  t.match(search('_revinclude=Task:focus&_revinclude=Provenance:target').revincludes, [
    { source: 'Task', name: 'focus' },
    { source: 'Provenance', name: 'target' },
  ])
  for (const query of [
    '_include=Task:focus',
    '_include=ServiceRequest:status',
    '_include=ServiceRequest:subject:Organization',
    '_include=*',
    '_include:iterate=ServiceRequest:subject',
    '_revinclude=Task:part-of',
    '_revinclude=constructor:x',
  ])
    t.equal(refusal(query).code, 'bad-parameter', query)
})

t.test('what is not understood is refused, all of it at once, and never ignored', async (t) => {
  const problem = refusal('favourite=1&status:not=active&_elements=id&_sort=name&status=active')
  t.strictSame(
    problem.issues.map(({ expression }) => expression?.[0]),
    ['http.favourite', 'http.status:not', 'http._elements', 'http._sort'],
  )
  t.match(problem.issues[0]?.diagnostics, /identifier/, 'says what there is')
  for (const query of [
    'identifier=a|',
    'identifier=a|b|c',
    'status=,',
    '_count=-1',
    '_count=x',
    '_total=roughly',
    '_cursor=abc',
    '_summary=true',
    'patient=Pat%20ient/1',
    'patient.name=Smith',
    'performer.identifier=1',
    'patient:Group=1',
    'status.identifier=1',
    'toString=1',
    '__proto__=1',
    'subject:missing=true',
    `identifier=${Array.from({ length: 201 }, (_, i) => i).join(',')}`,
    Array.from({ length: 51 }, () => 'status=active').join('&'),
  ])
    t.equal(refusal(query).code, 'bad-parameter', query.slice(0, 60))
  t.equal(refusal('', 'Nonsense').code, 'not-found')
  t.equal(refusal('', 'toString').code, 'not-found')
})

t.test('lenient handling leaves out what is not known, and says so by the self link', async (t) => {
  const lenient = search('favourite=1&status=active', 'ServiceRequest', { lenient: true })
  t.strictSame(lenient.understood, [['status', 'active']])
  t.equal(lenient.query.tokens.length, 1)
})

t.test('a chained parameter says which scope it needs besides', async (t) => {
  t.strictSame(search('patient.identifier=1').chainedTypes, ['Patient'])
  t.strictSame(search('performer:identifier=1').chainedTypes, [])
})

t.test('a token is never longer than the index takes', async (t) => {
  const long = 'x'.repeat(5000)
  const stored = tokensOf({
    ...request,
    identifier: [{ system: 'https://a.example', value: long }],
  })
  t.ok(stored.every((token) => Buffer.byteLength(token) < 2000))
  t.ok(finds(`identifier=https://a.example|${long}`, stored))
  t.notOk(finds(`identifier=https://a.example|${long}y`, stored))
})

t.test(
  'every resource finds itself by each of its tokens, whatever is in its identifiers',
  async () => {
    const text = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((one) => one.isWellFormed() && !one.includes('\0'))
    const system = fc.option(fc.webUrl(), { nil: undefined })
    fc.assert(
      fc.property(system, text, (system, value) => {
        const stored = tokensOf({ ...request, identifier: [{ system, value }] })
        const escaped = value.replace(/[\\|,$]/g, '\\$&')
        const prefix = system === undefined ? '|' : `${system.replace(/[\\|,$]/g, '\\$&')}|`
        const query = new URLSearchParams([
          ['identifier', `${prefix}${escaped}`],
          ['identifier', escaped],
        ])
        return finds(query.toString(), stored)
      }),
    )
  },
)

t.test('long hostile values are read in no time', async (t) => {
  const start = performance.now()
  for (const hostile of [
    '9'.repeat(9_999),
    '\\'.repeat(9_999),
    '|'.repeat(9_999),
    `2026-${'0'.repeat(9_000)}`,
    `${'a-'.repeat(4_999)}!`,
  ])
    for (const name of [
      'identifier',
      'authored',
      '_lastUpdated',
      'patient',
      '_include',
      '_cursor',
      '_id',
    ])
      try {
        search(new URLSearchParams([[name, hostile]]).toString())
      } catch (error) {
        if (!(error instanceof Problem)) throw error
      }
  t.ok(performance.now() - start < 500)
})
