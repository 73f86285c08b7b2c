/** From a clinic's link to the answer of a practice without a system, with scripts and without. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { askedByClinic } from '../helpers/answering.ts'
import { accessibilityFaults, overflows, startBrowser, withoutBrowser } from '../helpers/browser.ts'
import { samples } from '../helpers/documents.ts'
import { standing } from '../helpers/journey.ts'
import { ownRegistry } from '../helpers/own-registry.ts'
import { entered } from '../helpers/pages.ts'
import { startWorld } from '../helpers/world.ts'

t.test('a link, a form, an answer', { skip: withoutBrowser }, async (t) => {
  const { config, clientKeys } = await ownRegistry()
  const world = await startWorld(t, { background: false, config, clientKeys })
  const browser = await startBrowser(t)
  const folder = await mkdtemp(join(tmpdir(), 'referloop-documents-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const document = join(folder, 'MRI knee.pdf')
  await writeFile(document, samples['application/pdf'])

  for (const javaScript of [true, false])
    await t.test(`${javaScript ? 'with' : 'without'} scripts`, async (t) => {
      const referred = await askedByClinic(world, 'Which medicines have been tried?')
      const judged = async (page: Parameters<typeof accessibilityFaults>[0], name: string) => {
        if (javaScript) t.same(await accessibilityFaults(page), [], name)
        t.notOk(await overflows(page), `${name} fits`)
      }

      const clinic = await browser.open({ javaScript })
      const { cookies } = await entered(world.app, {
        role: 'clinic',
        organization: 'river-pain-clinic',
        person: { id: 'https://ehr.example|nora', name: 'Nora Lind, RN' },
      })
      const { hostname: domain } = new URL(world.baseUrl)
      await clinic.context.addCookies(
        [...cookies].map(([name, value]) => ({ name, value, domain, path: '/' })),
      )
      await clinic.page.goto(`${world.baseUrl}/referrals/${referred.id}`)
      await clinic.page.getByRole('link', { name: 'Link for the practice' }).click()
      await clinic.page.getByRole('button', { name: 'Make a link' }).click()
      await judged(clinic.page, 'the link is shown')
      const link = await clinic.page.getByLabel('Link').inputValue()

      const practice = await browser.open({ javaScript, width: 360, height: 740 })
      const { page } = practice
      await page.goto(link)
      t.equal(page.url(), `${world.baseUrl}/answer/open`, 'the secret is gone from the address')
      await judged(page, 'the door')
      await page.getByLabel('Your name').fill('Dana Cole')
      await page.getByLabel('What you do at the practice').selectOption('Nurse')
      await page.getByLabel('date of birth').fill('1978-06-14')
      await page.getByRole('button', { name: 'Begin' }).click()
      await page.waitForURL(`**/practice/${referred.id}`)
      await judged(page, 'the referral')
      t.equal(await page.getByRole('link', { name: 'Worklist' }).count(), 0)
      await page.getByRole('link', { name: 'Answer' }).first().click()
      await page.getByLabel('Your answer').fill('Amitriptyline for 8 weeks, without effect')
      await page.getByRole('button', { name: 'Save and add documents' }).click()
      await judged(page, 'the documents')
      await page.getByLabel('Choose documents').setInputFiles(document)
      await page.getByRole('button', { name: 'Add', exact: true }).click()
      await page.getByText('MRI knee.pdf').first().waitFor()
      await judged(page, 'a document was added')
      await page.getByRole('link', { name: 'Go on with the answers' }).click()
      t.match(await page.getByLabel('Your answer').inputValue(), /^Amitriptyline/, 'it was kept')
      await page.getByText('1 document goes with the answers.').waitFor()
      await page.getByRole('button', { name: 'Send' }).click()
      await page.waitForURL(`**/practice/${referred.id}?done=sent`)
      await judged(page, 'it is sent')
      t.equal(await standing(referred), 'received/awaiting-triage')

      await page.goto(`${world.baseUrl}/worklist`)
      t.match(await page.locator('h1').textContent(), /That did not work/)
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.waitForURL('**/answer?after=ended')
      await judged(page, 'left')
      await page.goto(link)
      await page.getByText('You have opened this link before').waitFor()

      await clinic.page.goto(`${world.baseUrl}/referrals/${referred.id}`)
      await clinic.page.getByText('Dana Cole, nurse, through a link').first().waitFor()
      await clinic.page.getByText('MRI knee.pdf').first().waitFor()
      t.same([...practice.faults, ...clinic.faults], [])
      for (const { context } of [practice, clinic]) await context.close()
    })
})
