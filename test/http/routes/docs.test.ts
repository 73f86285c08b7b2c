import t from 'tap'
import { problems } from '../../../src/domain/problem.ts'
import { httpWorld } from '../../helpers/http-world.ts'

t.test('the root answers people with a page and machines with JSON', async (t) => {
  const { app } = await httpWorld(t, { sandbox: true })
  const page = await app.inject({ url: '/', headers: { accept: 'text/html,*/*;q=0.8' } })
  t.match(page.headers['content-type'], 'text/html')
  t.match(page.body, 'You reached Referloop')
  t.match(page.body, 'This is the sandbox')
  const machine = await app.inject({ url: '/', headers: { accept: '*/*' } })
  t.match(machine.json(), { fhir: 'https://referloop.test/fhir' })
  t.equal(machine.headers.vary, 'accept')
})

t.test('every link of the pages leads somewhere', async (t) => {
  const { app } = await httpWorld(t)
  const seen = new Set<string>()
  const anchors = new Map<string, string>()
  const queue = ['/', '/docs', '/errors']
  while (queue.length > 0) {
    const url = queue.pop() as string
    if (seen.has(url)) continue
    seen.add(url)
    const answer = await app.inject({ url, headers: { accept: 'text/html, */*' } })
    t.equal(answer.statusCode, 200, url)
    if (!String(answer.headers['content-type']).startsWith('text/html')) continue
    anchors.set(url, answer.body)
    if (url.startsWith('/docs/try')) continue
    for (const [, href = ''] of answer.body.matchAll(/href="([^"]*)"/g)) {
      if (href.startsWith('#')) t.match(answer.body, `id="${href.slice(1)}"`, `${url}${href}`)
      else queue.push(href.split('#')[0] as string)
    }
  }
  for (const code of Object.keys(problems)) t.ok(seen.has(`/errors/${code}`), code)
})

t.test('pages load nothing from elsewhere and run no script', async (t) => {
  const { app } = await httpWorld(t)
  for (const url of ['/docs', '/errors', '/errors/not-found']) {
    const { body, headers } = await app.inject({ url })
    t.match(headers['content-security-policy'], "default-src 'none'")
    t.notMatch(body, /<script|style=|src="http|@import/)
    t.match(body, '<html lang="en">')
    t.equal(body.match(/<h1/g)?.length, 1)
  }
  const { headers } = await app.inject({ url: '/docs/try/' })
  t.match(headers['content-security-policy'], "script-src 'self'")
  t.notMatch(headers['content-security-policy'], 'unsafe')
})

t.test('the reference shows every operation of the document', async (t) => {
  const { app } = await httpWorld(t)
  const { paths } = (await app.inject({ url: '/openapi.json' })).json()
  const { body } = await app.inject({ url: '/docs' })
  for (const [path, operations] of Object.entries<Record<string, { summary: string }>>(paths))
    for (const [method, { summary }] of Object.entries(operations)) {
      t.match(body, `${method.toUpperCase()}</span>${path}<`)
      t.match(body, summary)
    }
})

t.test('an unknown problem code has no page', async (t) => {
  const { app } = await httpWorld(t)
  for (const code of ['nothing', '__proto__', 'toString'])
    t.equal((await app.inject({ url: `/errors/${code}` })).statusCode, 404, code)
})
