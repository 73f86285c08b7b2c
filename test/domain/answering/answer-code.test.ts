/** The code that is typed from paper. */

import { randomBytes } from 'node:crypto'
import t from 'tap'
import { codeOf, readCode } from '../../../src/domain/answering/answer-code.ts'

const secrets = Array.from({ length: 200 }, () => randomBytes(32).toString('base64url'))

t.test('the same secret has the same code, another one another', async (t) => {
  const codes = secrets.map(codeOf)
  t.equal(new Set(codes).size, codes.length)
  t.same(secrets.map(codeOf), codes)
  for (const code of codes) t.match(code, /^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/)
})

t.test('it is read however it is typed', async (t) => {
  for (const code of secrets.map(codeOf)) {
    t.equal(readCode(code), code)
    t.equal(readCode(code.toLowerCase().replaceAll('-', ' ')), code)
    t.equal(readCode(` ${code.replaceAll('-', '')} `), code)
    t.equal(readCode(code.replaceAll('0', 'o').replaceAll('1', 'l')), code)
  }
})

t.test(
  'a letter misread, or two that changed places, are found out before anything is looked up',
  async (t) => {
    let tried = 0
    let missed = 0
    for (const code of secrets.slice(0, 50).map(codeOf)) {
      const letters = code.replaceAll('-', '')
      for (let i = 0; i < letters.length; i++) {
        const other = letters[i] === 'A' ? 'B' : 'A'
        const swapped = letters.slice(0, i) + letters[i + 1] + letters[i] + letters.slice(i + 2)
        for (const wrong of [letters.slice(0, i) + other + letters.slice(i + 1), swapped]) {
          if (wrong.length !== 16 || wrong === letters) continue
          tried++
          if (readCode(wrong) !== undefined) missed++
        }
      }
    }
    t.ok(missed / tried < 0.01, `${missed} of ${tried}`)
  },
)

t.test('what is no code is none', async (t) => {
  for (const typed of [
    '',
    'x',
    '0'.repeat(15),
    '0'.repeat(17),
    'U'.repeat(16),
    '<script>alert(1)</script>',
    '٠'.repeat(16),
  ])
    t.equal(readCode(typed), undefined, typed)
})
