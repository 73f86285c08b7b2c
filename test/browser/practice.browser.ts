/** A practice answers what is missing: with the keyboard alone, with scripts and without. */

import type { Page } from 'playwright-core'
import t from 'tap'
import { aReferral } from '../helpers/a-referral.ts'
import { startBrowser, type Window, withoutBrowser } from '../helpers/browser.ts'
import { browserWorld } from '../helpers/browser-world.ts'
import { standingOf } from '../helpers/world.ts'

/** Goes on with Tab until the field or button with this name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press('Tab')
    const here = await page.evaluate(
      `[document.activeElement?.labels?.[0]?.innerText, document.activeElement?.innerText].find(Boolean)`,
    )
    if (typeof here === 'string' && here.trim().startsWith(name)) return
  }
  throw new Error(`Tab does not lead to ${name}`)
}

/** To a radio button of the question that is asked in these words. */
async function choose(page: Page, question: string, answer: string): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press('Tab')
    const legend = await page.evaluate(
      `document.activeElement?.type === 'radio' && document.activeElement.closest('fieldset')?.querySelector('legend')?.innerText`,
    )
    if (legend !== question) continue
    await page.keyboard.press('Space')
    for (let steps = 0; steps < 9; steps++) {
      const words = await page.evaluate('document.activeElement.labels[0].innerText')
      if (words === answer) return
      await page.keyboard.press('ArrowDown')
    }
  }
  throw new Error(`nothing asks ${question}`)
}

const glaucoma = 'Does the patient have glaucoma or raised eye pressure?'
const psychosis = 'Does the patient have a poorly controlled psychosis?'

t.test('a practice answers what is missing', { skip: withoutBrowser }, async (t) => {
  const scene = await browserWorld(t)
  const browser = await startBrowser(t)
  const { world } = scene
  const lacking = () => world.refer(aReferral({ unanswered: ['glaucoma', 'psychosis'] }))
  const begin = async (id: string, screen: object): Promise<Window> => {
    const window = await browser.open(screen)
    await scene.signIn(window.page, 'physician')
    await window.page.goto(`${world.baseUrl}/practice/${id}`)
    return window
  }

  for (const [how, screen] of [
    ['with scripts', {}],
    ['without scripts, on a phone', { javaScript: false, width: 360, height: 740 }],
  ] as const)
    await t.test(how, async (t) => {
      const referred = await lacking()
      const { page, context, faults } = await begin(referred.id, screen)
      await tabTo(page, 'Answer what is missing')
      await page.keyboard.press('Enter')
      await page.waitForURL('**/answer')
      await choose(page, psychosis, 'No')
      await tabTo(page, 'Save and come back')
      await page.keyboard.press('Enter')
      await page.waitForURL('**/practice/*done=saved')
      t.match(await page.locator('main').textContent(), /1 of 2 answered/)

      await tabTo(page, 'Go on answering')
      await page.keyboard.press('Enter')
      await page.waitForURL('**/answer')
      await choose(page, glaucoma, 'No')
      await tabTo(page, 'Remarks')
      await page.keyboard.type('Eye pressure measured in spring')
      await tabTo(page, 'Send the answers')
      await page.keyboard.press('Enter')
      await page.waitForURL('**/practice/*done=sent')
      t.match(await page.locator('main').textContent(), /Your answers are sent/)
      t.equal(standingOf(await world.task(referred)), 'received/awaiting-triage')
      t.same(faults, [])
      await context.close()
    })

  await t.test('finds a patient by the beginning of a name', async (t) => {
    const { page, context, faults } = await begin(scene.lacking.id, {})
    await page.goto(`${world.baseUrl}/practice`)
    await page.locator('#find').fill('okonk')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/practice/find')
    const rows = page.locator('[data-rows] tbody tr')
    t.equal(await rows.count(), 1)
    t.match(await rows.first().textContent(), /Okonkwo, Adaeze[\s\S]*The clinic is deciding/)
    t.same(faults, [])
    await context.close()
  })

  await t.test('what is typed is saved by itself, and survives the browser', async (t) => {
    const referred = await lacking()
    const { page, context } = await begin(referred.id, {})
    await page.goto(`${page.url()}/answer`)
    await choose(page, glaucoma, 'Unknown')
    await page.keyboard.press('Tab')
    await page.keyboard.type('Half a sent')
    const saved = page.locator('[data-saved]')
    await saved.filter({ hasText: /^Saved at \d\d:\d\d$/ }).waitFor()
    await page.keyboard.type('ence')
    await page.waitForResponse((answer) => answer.request().method() === 'POST')
    await context.close()
    const again = await begin(referred.id, {})
    await again.page.goto(`${again.page.url()}/answer`)
    t.equal(await again.page.locator('[id="q.glaucoma-detail"]').inputValue(), 'Half a sentence')
    t.equal(await again.page.locator('input[type=radio]:checked').count(), 1)
    t.same(again.faults, [])
    await again.context.close()
  })
})
