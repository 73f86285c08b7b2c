/**
 * `npm run test:lhc-forms`: every form that this service makes opens in LHC-Forms, the form filler of
 * the US National Library of Medicine, without complaint, and what it makes of it is valid.
 *
 * https://lhncbc.github.io/lforms/ It is a package of files for browsers, taken as it is published and
 * held to its digest; nothing of it is installed.
 */

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, normalize } from 'node:path'
import { promisify } from 'node:util'
import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import t, { type Test } from 'tap'
import { createReferralValidator } from '../../src/domain/fhir/validation/referral-validator.ts'
import { notAsked } from '../../src/domain/questionnaire/enable-when.ts'
import { withItemsOf } from '../../src/domain/questionnaire/items.ts'
import { startBrowser, withoutBrowser } from '../helpers/browser.ts'
import { madeForms } from '../helpers/made-forms.ts'

const packed = 'lforms@40.1.3'
const integrity =
  'sha512-WLruTm+BcVnafC0rSAQ3/cNqhxvclBUxyBG68aub/uha2NaK9H8ZZcEXTTuORuGzzCt0wa7fvhuieZtcDIdPzQ=='

const run = promisify(execFile)

/** The unpacked files; undefined where the package cannot be had. */
async function unpacked(t: Test): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'referloop-lhc-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const pack = ['pack', packed, '--silent', '--pack-destination', folder]
  const { stdout } = await run('npm', pack, { timeout: 120_000 }).catch(() => ({ stdout: '' }))
  const file = stdout.trim().split('\n').at(-1)
  if (!file) return undefined
  const bytes = readFileSync(join(folder, file))
  const digest = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
  if (digest !== integrity) throw new Error(`${packed} is not what it was: ${digest}`)
  await run('tar', ['-xzf', join(folder, file), '-C', folder])
  return join(folder, 'package/dist/lforms')
}

const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>LHC-Forms</title>
<link rel="stylesheet" href="/webcomponent/styles.css"><div id="form"></div>
${['webcomponent/assets/lib/zone.min.js', 'webcomponent/runtime.js', 'webcomponent/polyfills.js', 'webcomponent/main.js', 'fhir/R4/lformsFHIR.min.js'].map((file) => `<script src="/${file}"></script>`).join('\n')}
</html>`

const types: Readonly<Record<string, string>> = { js: 'text/javascript', css: 'text/css' }

/** @returns the address where the files of a folder are */
async function serve(t: Test, folder: string): Promise<string> {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://x').pathname)
    if (path === '/') return response.setHeader('content-type', 'text/html').end(page)
    const found = await readFile(join(folder, path)).catch(() => undefined)
    response.statusCode = found ? 200 : 404
    response.setHeader('content-type', types[path.split('.').at(-1) ?? ''] ?? 'text/plain')
    return response.end(found)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.teardown(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

interface Opened {
  /** What it shows to be read. */
  readonly text: string
  readonly errors: readonly string[]
  /** Undefined where it could not open the form. */
  readonly response: QuestionnaireResponse | undefined
}

/** Runs in the page: opens a form, and gives what LHC-Forms makes of it. */
const open = `async (questionnaire) => {
  const errors = []
  const before = console.error
  console.error = (...words) => errors.push(words.map(String).join(' '))
  try {
    await LForms.Util.addFormToPage(questionnaire, 'form', { fhirVersion: 'R4' })
  } catch (error) {
    errors.push(String(error?.message ?? error))
  }
  await new Promise((done) => setTimeout(done, 50))
  console.error = before
  for (const box of document.querySelectorAll('#form [class*="error" i]:not([hidden])'))
    if (box.innerText?.trim() && box.offsetParent) errors.push(box.innerText.trim())
  return {
    errors,
    text: document.getElementById('form').innerText,
    response: errors.length ? undefined : LForms.Util.getFormFHIRData('QuestionnaireResponse', 'R4', '#form'),
  }
}`

t.test('LHC-Forms', { skip: withoutBrowser }, async (t) => {
  const folder = await unpacked(t)
  const skip = `${packed} could not be fetched from the package registry`
  if (!folder) return t.test(skip, { skip }, async () => {})
  const address = await serve(t, folder)
  const browser = await startBrowser(t)
  const { page: window, faults } = await browser.open()
  await window.goto(address)
  await window.waitForFunction('window.LForms?.Util?.addFormToPage && window.LForms.FHIR?.R4')
  const validator = createReferralValidator()
  const opened = async (form: Questionnaire): Promise<Opened> =>
    (await window.evaluate(`(${open})(${JSON.stringify(form)})`)) as Opened

  for (const { name, form } of await madeForms())
    await t.test(`opens the form of: ${name}`, async (t) => {
      const { errors, text, response } = await opened(form)
      t.same(errors, [], 'without complaint')
      const shown = text.replaceAll(/\s+/g, ' ')
      // What depends on an answer is asked once that is there.
      const off = notAsked(form.item, () => [])
      for (const item of withItemsOf(form.item).filter(({ linkId }) => !off.has(linkId)))
        t.ok(shown.includes((item.text ?? '').replaceAll(/\s+/g, ' ')), `shows: ${item.text}`)
      t.same(validator.validate(response), [], 'and makes a valid response of it')
      const known = new Set(withItemsOf(form.item).map(({ linkId }) => linkId))
      for (const { linkId } of withItemsOf(response?.item as never)) t.ok(known.has(linkId), linkId)
    })

  await t.test(
    'complains of a form that is not right, so that its silence says something',
    async (t) => {
      const wrong: Questionnaire = {
        resourceType: 'Questionnaire',
        status: 'active',
        item: [
          {
            linkId: 'dose',
            text: 'Dose',
            type: 'quantity',
            // It belongs to numbers; a quantity has questionnaire-unitOption.
            extension: [
              {
                url: 'http://hl7.org/fhir/StructureDefinition/questionnaire-unit',
                valueCoding: { system: 'http://unitsofmeasure.org', code: 'mg' },
              },
            ],
          },
        ],
      }
      const { errors } = await opened(wrong)
      t.not(errors.length, 0, errors.join('; '))
    },
  )
  t.same(faults, [], 'and asks nobody else')
})
