/**
 * What other systems really send, where the folder with their files lies beside the repository, and
 * the conformance resources and referrals of our own.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { largeReferralBundle, referralBundle } from '../../../../bench/payloads.ts'
import { parseFhirJson } from '../../../../src/domain/fhir/json.ts'
import { createReferralValidator } from '../../../../src/domain/fhir/validation/referral-validator.ts'

const root = join(import.meta.dirname, '../../../..')
const unevaluated: string[] = []
const { validate } = createReferralValidator({ onUnevaluated: (key) => unevaluated.push(key) })

function jsonFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json') && statSync(join(folder, name)).isFile())
    .map((name) => join(folder, name))
    .sort()
}

t.test('what we publish is valid', async (t) => {
  const files = jsonFiles(join(root, 'schemas')).filter((file) => !file.includes('r4'))
  t.ok(files.length > 0)
  for (const file of files)
    t.same(validate(parseFhirJson(readFileSync(file))), [], file.slice(root.length))
})

t.test('the payloads of the measurements are valid, and of the size they say', async (t) => {
  t.same(validate(referralBundle(7)), [])
  t.same(validate(largeReferralBundle(7)), [])
  const size = JSON.stringify(referralBundle()).length
  t.ok(size > 18_000 && size < 20_000, String(size))
})

const caseFolders = ['test/fixtures/screening/cases', '../shared/clinical/cases']
  .map((folder) => join(root, folder))
  .filter((folder) => existsSync(folder))

const noCases = caseFolders.length === 0 && 'no worked referrals are here'

t.test('worked referrals are valid', { skip: noCases }, async (t) => {
  for (const file of caseFolders.flatMap(jsonFiles)) {
    const { referral } = parseFhirJson(readFileSync(file)) as { referral: unknown }
    t.same(validate(referral), [], file)
  }
})

/** Published with an implementation guide, or made to its profiles, and so checked by others before. */
const isChecked = /"http:\/\/hl7\.org\/fhir\/us\//

const examples = join(root, '../shared/examples')
const noExamples = !existsSync(examples) && 'the folder with examples is not here'

t.test('records of other systems give no false alarm', { skip: noExamples }, async (t) => {
  let count = 0
  for (const file of jsonFiles(examples)) {
    const text = readFileSync(file, 'utf8')
    if (!isChecked.test(text)) continue
    const resource = parseFhirJson(text) as { resourceType?: string }
    if (resource.resourceType === undefined) continue
    t.same(validate(resource), [], file.slice(examples.length))
    count++
  }
  t.ok(count > 50, `${count} files`)
})

t.test('every constraint met could be evaluated', async (t) => {
  t.same(unevaluated, [])
})
