import t from 'tap'
import { isNpi, npiSystem } from '../../../src/domain/access/npi.ts'

t.test('the NPIs of the sandbox are valid', async (t) => {
  for (const npi of ['1245319599', '1003000126', '1234567893', '1100000003']) t.ok(isNpi(npi), npi)
})

t.test('every other check digit is wrong', async (t) => {
  for (const digit of [0, 1, 2, 4, 5, 6, 7, 8, 9]) t.notOk(isNpi(`123456789${digit}`))
})

t.test('two neighbouring digits swapped are noticed', async (t) => {
  t.notOk(isNpi('2134567893'))
  t.notOk(isNpi('1245315999'))
})

t.test('what is not ten digits is no NPI', async (t) => {
  for (const text of ['', '123456789', '12345678930', ' 1234567893', '1234567893\n', '123456789a'])
    t.notOk(isNpi(text), JSON.stringify(text))
})

t.test('its identifier system is the one of FHIR', async (t) => {
  t.equal(npiSystem, 'http://hl7.org/fhir/sid/us-npi')
})
