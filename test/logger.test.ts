/** HT-09, AU-12: what the log makes of what is given to it. */

import t from 'tap'
import { EhrFailure } from '../src/domain/referral/ports.ts'
import { createLogger } from '../src/logger.ts'

function logOf(write: (log: ReturnType<typeof createLogger>) => void): string {
  let said = ''
  write(createLogger('debug', { write: (line) => (said += line) }))
  return said
}

function isControl(character: string): boolean {
  const code = character.charCodeAt(0)
  return code < 32 || (code > 126 && code < 160) || code === 0x2028 || code === 0x2029
}

t.test('HT-09 CR, LF, ANSI and other controls in any value are escaped', async (t) => {
  for (const control of [
    '\r',
    '\n',
    '\u001b[31m',
    '\u009b31m',
    '\u007f',
    '\u0085',
    '\u2028',
    '\0',
  ]) {
    const value = `before${control}after`
    const said = logOf((log) => log.info({ clientId: value, [value]: 1 }, value))
    t.equal(said.split('\n').length, 2, 'one line')
    t.same([...said.trimEnd()].filter(isControl), [])
    t.match(JSON.parse(said), { clientId: value, msg: value }, 'and nothing is lost')
  }
})

t.test('AU-12 the sentence of an error is told when it is ours, its place always', async (t) => {
  const quoted = new SyntaxError('Unexpected token J, "Jane Canary" is not JSON')
  const row = Object.assign(
    new Error('Key (name)=(Jane Canary) exists\n    at Jane (/Canary:1:1)'),
    {
      code: '23505',
      detail: 'Jane Canary',
      parameters: ['Jane Canary'],
    },
  )
  const said = logOf((log) => {
    log.error({ err: quoted }, 'x')
    log.error({ err: row }, 'x')
    log.error({ error: row }, 'x')
    log.error(Object.assign(new Error('of Canary', { cause: quoted }), { name: 'Jane Canary' }))
    log.error({ err: quoted })
    log.error(quoted, 'x')
  })
  t.notMatch(said, 'Canary')
  const lines = said
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  t.match(lines[0].err, { type: 'SyntaxError', stack: /^ {4}at .*logger\.test\.ts:\d+:\d+/ })
  t.match(lines[1].err, { type: 'Error', code: '23505' })
  const failure = new EhrFailure('The EHR answered 500.', { phase: 'unknown', cause: quoted })
  const told = logOf((log) => log.error({ err: failure }, 'x'))
  t.match(told, 'The EHR answered 500.')
  t.match(told, 'SyntaxError')
  t.notMatch(told, 'Canary')
})
