import fc from 'fast-check'
import t from 'tap'
import { isLater } from '../../../../src/domain/fhir/validation/dates.ts'
import { primitives } from '../../../../src/domain/fhir/validation/primitives.ts'
import { isXhtml } from '../../../../src/domain/fhir/validation/xhtml.ts'

const accepts = (type: string, value: unknown) => primitives[type]?.accepts(value) === true

/** HL7's own expressions; they do not know the calendar. */
const day =
  '([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)(-(0[1-9]|1[0-2])(-(0[1-9]|[1-2][0-9]|3[0-1])'
const time = '([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\\.[0-9]+)?'
const zone = '(Z|(\\+|-)((0[0-9]|1[0-3]):[0-5][0-9]|14:00))'
const dateForm = new RegExp(`^${day})?)?$`)
const dateTimeForm = new RegExp(`^${day}(T${time}${zone})?)?)?$`)
const instantForm = new RegExp(`^${day}T${time}${zone}))$`)
const timeForm = new RegExp(`^${time}$`)

const exists = (text: string) => {
  const [year = 0, month = 1, date = 1] = text.slice(0, 10).split('-').map(Number)
  const moment = new Date(0)
  moment.setUTCFullYear(year, month - 1, date)
  return moment.getUTCMonth() === month - 1 && moment.getUTCDate() === date
}

const nearlyDate = fc
  .tuple(
    fc.constantFrom('2026', '0000', '2000', '1900', '26', '2024', 'abcd'),
    fc.constantFrom('', '-02', '-13', '-00', '-2', '-12', '/06'),
    fc.constantFrom('', '-29', '-30', '-31', '-00', '-1', '-01'),
    fc.constantFrom(
      '',
      'T10:00:00',
      'T24:00:00',
      'T23:59:60',
      'T10:00',
      'T1:00:00',
      't10:00:00',
      'T10:60:00',
      'T10:00:00.',
      'T10:00:00.5',
    ),
    fc.constantFrom('', 'Z', '+00:00', '-14:00', '+14:01', '+1:00', 'z', '-15:00', 'ZZ'),
  )
  .map((parts) => parts.join(''))

t.test('dates and times are those of the specification, on days that exist', async (t) => {
  fc.assert(
    fc.property(nearlyDate, (text) => {
      t.equal(accepts('date', text), dateForm.test(text) && exists(text), `date ${text}`)
      t.equal(
        accepts('dateTime', text),
        dateTimeForm.test(text) && exists(text),
        `dateTime ${text}`,
      )
      t.equal(accepts('instant', text), instantForm.test(text) && exists(text), `instant ${text}`)
      const clock = text.slice(text.indexOf('T') + 1)
      t.equal(accepts('time', clock), timeForm.test(clock), `time ${clock}`)
    }),
    { numRuns: 1_000 },
  )
})

t.test('a moment is later only when it is so for certain', async (t) => {
  const later: [string, string][] = [
    ['2026', '2025'],
    ['2026-02', '2026-01'],
    ['2026-02-02', '2026-02-01'],
    ['2026-02-02', '2026-01'],
    ['2026-02-02T10:00:01Z', '2026-02-02T10:00:00Z'],
    ['2026-02-02T09:00:00Z', '2026-02-02T10:00:00+02:00'],
    ['2026-02-03', '2026-02-01T12:00:00Z'],
    ['2026-02-03T12:00:00Z', '2026-02-01'],
    ['2026-01-01T00:00:00Z', '2025-12-31T23:59:60Z'],
  ]
  for (const [a, b] of later) {
    t.ok(isLater(a, b), `${a} after ${b}`)
    t.notOk(isLater(b, a), `${b} not after ${a}`)
  }
  const open: [unknown, unknown][] = [
    ['2026', '2026-05'],
    ['2026-02-02', '2026-02-02T10:00:00Z'],
    ['2026-02-03', '2026-02-02T23:00:00Z'],
    ['2026', '2026-12-31T23:00:00Z'],
    ['2026-02-30', '2026-01-01'],
    [undefined, '2026'],
    [2026, 2025],
  ]
  for (const [a, b] of open) {
    t.notOk(isLater(a, b), `${a} not surely after ${b}`)
    t.notOk(isLater(b, a), `${b} not surely after ${a}`)
  }
})

t.test('a string holds at most 1 MB; base64 may be longer', async (t) => {
  t.ok(accepts('string', 'a'.repeat(1_048_576)))
  t.notOk(accepts('string', 'a'.repeat(1_048_577)))
  t.ok(accepts('base64Binary', 'abcd'.repeat(500_000)))
})

t.test('base64 is what Buffer writes, however it is broken into lines', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
      const text = Buffer.from(bytes).toString('base64')
      t.ok(accepts('base64Binary', text))
      t.ok(accepts('base64Binary', text.replace(/(.{7})/g, '$1\n ')))
      t.notOk(accepts('base64Binary', text.slice(1)))
    }),
  )
  for (const wrong of ['', ' ', '====', 'a===', 'ab=c', 'ab==cd=='])
    t.notOk(accepts('base64Binary', wrong), wrong)
})

const div = (inside: string) => `<div xmlns="http://www.w3.org/1999/xhtml">${inside}</div>`

t.test('XHTML is formatting, well formed and not empty', async (t) => {
  const right = [
    div('a'),
    div('<p class="x" style="color:red">a<br/>b</p>'),
    div('<a href=\'https://example.org/?a=1&amp;b=2\' title="t">a</a>'),
    div('<ul><li>1</li><li>2</li></ul><!-- - remark -->'),
    div('<img src="#pic" alt="x"/>'),
    div('&#x1F600; &quot;'),
    ` \n${div('a')}\n`,
  ]
  for (const text of right) t.ok(isXhtml(text), text)
  const wrong = [
    '',
    'a',
    '<div>a</div>',
    '<p xmlns="http://www.w3.org/1999/xhtml">a</p>',
    '<div xmlns="http://www.w3.org/1999/xhtml"/>',
    div(''),
    div(' <p> </p>'),
    div('a') + div('b'),
    `a${div('b')}`,
    `${div('b')}a`,
    div('<p>a'),
    div('a</p>'),
    div('<p><b>a</p></b>'),
    div('<script>a</script>'),
    div('<iframe src="x">a</iframe>'),
    div('<form><input/></form>a'),
    div('<p onclick="x">a</p>'),
    div('<a href="javascript:x">a</a>'),
    div('<p class=x>a</p>'),
    div('<p class="x" class="y">a</p>'),
    div('&nbsp;a'),
    div('a & b'),
    div('a < b'),
    div('<![CDATA[a]]>'),
    div('<?php a ?>'),
    div('<!-- a -- b -->a'),
    '<div xmlns="http://www.w3.org/1999/xhtml">a',
  ]
  for (const text of wrong) t.notOk(isXhtml(text), text)
})

t.test('XHTML of a hostile shape is refused in time that grows with its length', async (t) => {
  const shapes = ['<p>', '<', '<p a="', ' ', '<!--', '&', '<p '.repeat(2), '<p a="b" ']
  for (const shape of shapes) {
    const start = performance.now()
    t.notOk(
      isXhtml(`<div xmlns="http://www.w3.org/1999/xhtml">${shape.repeat(300_000 / shape.length)}`),
    )
    t.ok(performance.now() - start < 1_000, `${JSON.stringify(shape)} took long`)
  }
})
