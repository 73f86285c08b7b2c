import t from 'tap'
import { labelledBundle } from '../../../src/domain/sensitivity/labelled-bundle.ts'

t.test('P2-02 a Bundle is as confidential as what it holds, and says no more', async (t) => {
  const system = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality'
  const labels = [
    { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'SUD' },
    { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'NORDSCLCD' },
  ]
  const entry = (...codes: string[]) => ({
    resource: JSON.stringify({
      resourceType: 'Basic',
      meta: { security: [...codes.map((code) => ({ system, code })), ...labels] },
    }),
  })
  const metaOf = (...entries: { resource: string }[]) =>
    JSON.parse(labelledBundle({ type: 'searchset' }, entries)).meta
  t.strictSame(metaOf(entry('N'), entry('V'), entry('R')), { security: [{ system, code: 'V' }] })
  t.strictSame(metaOf(entry('N'), entry()), { security: [{ system, code: 'N' }] })
  t.strictSame(metaOf(entry()), undefined)
  const inside = { resource: JSON.stringify({ resourceType: 'Consent', provision: { system } }) }
  t.strictSame(metaOf(inside), undefined, 'a confidentiality that is spoken of is not one')
})
