import fc from 'fast-check'
import t from 'tap'
import { referralBundle } from '../../../bench/payloads.ts'
import {
  FhirDecimal,
  isNumber,
  type JsonLimits,
  parseFhirJson,
} from '../../../src/domain/fhir/json.ts'
import { Problem } from '../../../src/domain/problem.ts'

function problemOf(body: string | Uint8Array, limits?: Partial<JsonLimits>): Problem {
  try {
    parseFhirJson(body, limits)
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('it was accepted')
}

/** Ordinary numbers instead of decimals that keep their text. */
function rounded(value: unknown): unknown {
  if (value instanceof FhirDecimal) return Number(value)
  if (Array.isArray(value)) return value.map(rounded)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, rounded(each)]))
}

const jsonText = fc
  .json({ maxDepth: 8, noUnicodeString: false })
  .filter((text) => !/__proto__|\\u0000/.test(text))
const number = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(fc.constant('0'), fc.stringMatching(/^[1-9][0-9]{0,24}$/)),
    fc.oneof(fc.constant(''), fc.stringMatching(/^\.[0-9]{1,24}$/)),
    fc.oneof(fc.constant(''), fc.stringMatching(/^[eE][+-]?[0-9]{1,2}$/)),
  )
  .map((parts) => parts.join(''))

t.test('every JSON text reads as JSON.parse reads it', async (t) => {
  fc.assert(
    fc.property(jsonText, (text) => {
      t.same(rounded(parseFhirJson(text)), JSON.parse(text))
      t.same(rounded(parseFhirJson(Buffer.from(text))), JSON.parse(text))
    }),
    { numRuns: 500 },
  )
})

t.test('white space between tokens changes nothing', async (t) => {
  const bundle = referralBundle()
  t.same(parseFhirJson(JSON.stringify(bundle, null, '\t\r\n ')), bundle)
})

t.test('numbers are written again as they were read', async (t) => {
  fc.assert(
    fc.property(fc.array(number, { minLength: 1 }), (numbers) => {
      const text = `{"value":[${numbers.join(',')}]}`
      t.equal(JSON.stringify(parseFhirJson(text)), text)
    }),
    { numRuns: 500 },
  )
})

t.test('a decimal keeps its text and counts as a number', async (t) => {
  const { value } = parseFhirJson('{"value":1.10}') as { value: unknown }
  t.type(value, FhirDecimal)
  t.ok(isNumber(value))
  t.equal(Number(value), 1.1)
  t.equal((value as FhirDecimal).source, '1.10')
  t.ok((value as number) > 1 && (value as number) < 2)
  t.equal(JSON.stringify({ value }), '{"value":1.10}')
})

t.test('a number that survives stays a plain number', async (t) => {
  for (const text of ['0', '7', '-3', '1.5', '999999999999999', '1e+21', '0.001'])
    t.equal(typeof parseFhirJson(text), 'number', text)
  for (const text of ['-0', '1.0', '1e3', '9007199254740993', '12345678901234567890'])
    t.type(parseFhirJson(text), FhirDecimal, text)
})

t.test('strings keep every character, escaped or not', async (t) => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }).filter((s) => s.isWellFormed() && !s.includes('\0')),
      (string) => {
        t.equal(parseFhirJson(JSON.stringify(string)), string)
        const escaped = [...string].map((char) =>
          Array.from(
            { length: char.length },
            (_, at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`,
          ).join(''),
        )
        t.equal(parseFhirJson(`"${escaped.join('')}"`), string)
      },
    ),
  )
  t.equal(parseFhirJson('"\\"\\\\\\/\\b\\f\\n\\r\\t"'), '"\\/\b\f\n\r\t')
})

t.test('what is not JSON is refused', async (t) => {
  const refused = [
    '',
    ' ',
    '{',
    '[',
    '[1,]',
    '[1 2]',
    '{"a":1,}',
    '{"a" 1}',
    '{a:1}',
    "{'a':1}",
    '{"a":1}}',
    '1 1',
    '01',
    '-',
    '+1',
    '.5',
    '1.',
    '1e',
    '0x10',
    '1_000',
    'NaN',
    'Infinity',
    '-Infinity',
    'undefined',
    'tru',
    'nulll',
    '"a',
    '"a\nb"',
    '"a\\',
    '"\\x41"',
    '"\\u12g4"',
    '"\\u12',
    '"tab\there"',
    '// comment\n1',
    '{"a":1}//',
  ]
  for (const text of refused) {
    const { code, status } = problemOf(text)
    t.same({ code, status }, { code: 'not-json', status: 400 }, JSON.stringify(text))
  }
})

t.test('what two systems could read differently is refused', async (t) => {
  const refused = {
    'a name that stands twice': '{"status":"active","intent":"order","status":"revoked"}',
    'a name that stands twice, once escaped': '{"status":1,"st\\u0061tus":2}',
    'a name that stands twice, deep inside': '[{"a":{"b":[{"c":1,"c":1}]}}]',
    'the NUL character': '{"family":"a\\u0000b"}',
    'half a character': '{"family":"\\ud800"}',
    'the other half of a character': '{"family":"a\\udc00"}',
    'half a character in a name': '{"\\ud800":1}',
  }
  for (const [title, text] of Object.entries(refused))
    t.equal(problemOf(text).code, 'not-json', title)
  t.equal(problemOf('{"family":"\ud800"}').code, 'not-json', 'half a character in a text')
})

t.test('bytes that are not UTF-8, or start with a byte order mark, are refused', async (t) => {
  const ok = Buffer.from('{"a":"é😀"}')
  t.same(parseFhirJson(ok), { a: 'é😀' })
  t.equal(problemOf(Buffer.from([0x22, 0xff, 0x22])).code, 'not-json')
  t.equal(problemOf(Buffer.from([0x22, 0xc0, 0xaf, 0x22])).code, 'not-json', 'overlong')
  t.equal(problemOf(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])).code, 'not-json', 'surrogate')
  t.equal(problemOf(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), ok])).code, 'not-json', 'BOM')
  t.equal(problemOf('\ufeff{}').code, 'not-json', 'BOM in a text')
  t.equal(problemOf(Buffer.from('{}', 'utf16le')).code, 'not-json', 'UTF-16')
})

t.test('no name reaches a prototype', async (t) => {
  t.equal(problemOf('{"__proto__":{"polluted":true}}').code, 'not-json')
  t.equal(problemOf('{"a":{"\\u005f_proto__":1}}').code, 'not-json')
  const parsed = parseFhirJson(
    '{"constructor":{"prototype":{"polluted":1}},"toString":2,"hasOwnProperty":3}',
  ) as Record<string, unknown>
  t.same(Object.keys(parsed), ['constructor', 'toString', 'hasOwnProperty'])
  t.equal(({} as Record<string, unknown>).polluted, undefined)
  t.equal(problemOf('{"toString":1,"toString":2}').code, 'not-json', 'twice all the same')
})

t.test('a refusal tells line and column, and nothing of the body', async (t) => {
  const { message, issues } = problemOf('{\n  "family": "Benitez",\n  "given": [Oona]\n}')
  t.match(issues[0]?.diagnostics, /line 3, column 13/)
  t.notMatch(message, /Benitez|Oona|family|given/)
  const twice = problemOf('{"Benitez":1,\n"Benitez":2}')
  t.match(twice.message, /line 2, column 10/)
  t.notMatch(twice.message, /Benitez/)
})

t.test('each limit holds at its value and refuses one more', async (t) => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  const items = (count: number) => `[${Array(count).fill(1).join(',')}]`
  const members = (count: number) =>
    `{${Array.from({ length: count }, (_, at) => `"a${at}":1`).join(',')}}`
  const cases: [keyof JsonLimits, number, (size: number) => string][] = [
    ['depth', 64, nested],
    ['depth', 64, (depth) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`],
    ['items', 50, items],
    ['items', 50, members],
    ['nodes', 50, (nodes) => items(nodes - 1)],
    ['nodes', 50, (nodes) => `{"a":[${items(nodes - 3)}]}`],
    ['numberLength', 30, (length) => '1'.repeat(length)],
    ['numberLength', 30, (length) => `1.${'0'.repeat(length - 2)}`],
  ]
  for (const [limit, size, write] of cases) {
    t.doesNotThrow(() => parseFhirJson(write(size), { [limit]: size }), `${limit} at ${size}`)
    const { code, status } = problemOf(write(size + 1), { [limit]: size })
    t.same({ code, status }, { code: 'json-limit', status: 400 }, `${limit} above ${size}`)
  }
})

t.test('without being told, 64 levels are the limit', async (t) => {
  t.doesNotThrow(() => parseFhirJson('['.repeat(64) + ']'.repeat(64)))
  t.equal(problemOf('['.repeat(65) + ']'.repeat(65)).code, 'json-limit')
  t.equal(problemOf('['.repeat(5_000_000)).code, 'json-limit', 'and no stack overflows')
  t.equal(problemOf('{"a":'.repeat(1_000_000)).code, 'json-limit')
})

t.test(
  '10 MiB with attachments pass, 10 MiB of small resources or empty objects do not',
  async (t) => {
    const { entry = [], ...bundle } = referralBundle()
    const attachment = {
      resource: {
        resourceType: 'DocumentReference',
        content: [{ attachment: { data: 'QUJD'.repeat(250_000) } }],
      },
    }
    const body = Buffer.from(
      JSON.stringify({ ...bundle, entry: [...entry, ...Array(10).fill(attachment)] }),
    )
    t.ok(body.length > 10_000_000)
    t.doesNotThrow(() => parseFhirJson(body))
    const many = Array(590).fill(entry).flat()
    t.equal(problemOf(JSON.stringify({ ...bundle, entry: many })).code, 'json-limit')
    t.equal(problemOf(`[${'{},'.repeat(3_400_000)}{}]`).code, 'json-limit')
  },
)
