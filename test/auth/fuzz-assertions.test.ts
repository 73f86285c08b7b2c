import t from 'tap'
import { OAuthError } from '../../src/domain/access/oauth-error.ts'
import { count as noteCount } from '../helpers/counts.ts'
import { dice, mutations } from './fuzz.ts'
import { assertion, createWorld, formFor, grantFor, keys, post } from './world.ts'

const seed = 20_261_122
const count = 10_000
const overHttp = 600
const world = createWorld()
const random = dice(seed)
const good = Array.from({ length: 60 }, (_, n) =>
  assertion(world, { pair: n % 2 ? keys.rs : keys.es }),
)

t.teardown(() => world.app.close())

/** The nth kind of mutation of a good assertion, repeated until it differs. */
function mutant(n: number): readonly [string, string] {
  const kinds = Object.entries(mutations)
  const [title, mutate] = kinds[n % kinds.length] ?? []
  const token = good[random.below(good.length)] ?? ''
  for (;;) {
    const text = mutate?.(token, world, random) ?? ''
    if (text !== token) return [`${title}: ${text.slice(0, 400)}`, text]
  }
}

t.test(
  `BS-03 of ${count} mutated assertions none is accepted and none fails otherwise than by refusal`,
  async (t) => {
    const wrong: string[] = []
    let refused = 0
    for (let n = 0; n < count; n++) {
      const [title, text] = mutant(n)
      const outcome = await grantFor(world, formFor(text)).catch((error: unknown) => error)
      if (outcome instanceof OAuthError) refused++
      else wrong.push(`${title} → ${outcome}`)
    }
    t.same(wrong, [])
    t.equal(world.spent.size, 0, 'and no jti was spent')
    t.same(world.fetched, [], 'and nothing was fetched')
    t.comment(`seed ${seed}`)
    noteCount(t, 'assertions: fuzzed, none accepted', refused)
  },
)

t.test(`BS-03 ${overHttp} of the kind through HTTP: 400, never 5xx`, async (t) => {
  const wrong: string[] = []
  for (let n = 0; n < overHttp; n++) {
    const [title, text] = mutant(n)
    const { statusCode, body } = await post(world, formFor(text))
    if (statusCode !== 400 || !/^\{"error":"invalid_/.test(body))
      wrong.push(`${title} → ${statusCode} ${body}`)
  }
  t.same(wrong, [])
  t.comment(`${overHttp} mutated assertions over HTTP`)
})

t.test('BS-15 600 mutated forms: 400, never 5xx', async (t) => {
  const wrong: string[] = []
  const form = new URLSearchParams(formFor(assertion(world, { pair: keys.stranger }))).toString()
  const pieces = [
    '%',
    '%00',
    '%ff',
    '&',
    '=',
    '&&',
    '&scope=',
    '&scope=x',
    '[]',
    '+',
    '\u0000',
    'é',
    '__proto__=1&',
    '%ED%A0%80',
  ] as const
  for (let n = 0; n < overHttp; n++) {
    const at = random.below(form.length)
    const body = form.slice(0, at) + random.pick(pieces) + form.slice(at + random.below(20))
    const answer = await post(world, body)
    if (answer.statusCode !== 400) wrong.push(`${body.slice(0, 300)} → ${answer.statusCode}`)
  }
  t.same(wrong, [])
})

t.test('the assertions that were mutated are good themselves', async (t) => {
  for (const text of good) t.ok(await grantFor(world, formFor(text)))
})
