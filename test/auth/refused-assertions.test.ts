import t from 'tap'
import { count } from '../helpers/counts.ts'
import { refusedAssertions } from './refused-assertions.ts'
import { assertion, createWorld, formFor, post } from './world.ts'

const world = createWorld()
t.teardown(() => world.app.close())

t.test('the good assertion, from which the others differ, is accepted', async (t) => {
  t.equal((await post(world, formFor(assertion(world)))).statusCode, 200)
})

let refused = 0
for (const [title, make] of refusedAssertions) {
  t.test(`${title}: refused, with no jti spent and nothing fetched from elsewhere`, async (t) => {
    world.spent.clear()
    world.fetched.length = 0
    const response = await post(world, formFor(make(world)))
    t.equal(response.statusCode, 400)
    t.equal(response.json().error, 'invalid_client')
    t.notOk(response.json().access_token)
    t.equal(world.spent.size, 0)
    t.same(world.fetched, [])
    if (response.statusCode === 400 && world.spent.size === 0) refused++
  })
}

t.test('BS-08 the parameter client_id differs from iss: refused', async (t) => {
  const form = formFor(assertion(world), { client_id: 'hilltop' })
  t.match((await post(world, form)).json(), { error: 'invalid_client' })
  t.equal((await post(world, { ...form, client_id: 'lakeside' })).statusCode, 200)
})

t.test('at least 60 refused assertions are in the table, each once', async (t) => {
  const titles = new Set(refusedAssertions.map(([title]) => title))
  t.equal(titles.size, refusedAssertions.length)
  t.ok(titles.size >= 60, `${titles.size} refused assertions`)
  count(t, 'assertions: negative cases', refused)
})
