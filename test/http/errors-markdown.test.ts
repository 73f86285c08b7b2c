import { readFileSync } from 'node:fs'
import t from 'tap'
import { problems } from '../../src/domain/problem.ts'
import { errorsMarkdown } from '../../src/http/pages/errors-markdown.ts'
import { problemCauses } from '../../src/http/pages/problem-causes.ts'

t.test('docs/errors.md is what the table says; npm run errors writes it', async (t) => {
  const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
  t.equal(page, errorsMarkdown())
})

t.test('every code has a section with what happened and how to mend it', async (t) => {
  t.strictSame(Object.keys(problemCauses).sort(), Object.keys(problems).sort())
  for (const [code, [status, , advice]] of Object.entries(problems)) {
    t.match(errorsMarkdown(), `## ${code}\n\nHTTP ${status},`)
    t.ok(advice.endsWith('.'), `${code}: the advice is a sentence`)
  }
})
