/** The clinic's desk in a real browser: two nurses, several referrals at once, without scripts, small. */

import { readFile } from 'node:fs/promises'
import t from 'tap'
import {
  accessibilityFaults,
  hiddenFocus,
  overflows,
  smallTargets,
  startBrowser,
  type Window,
  withoutBrowser,
} from '../helpers/browser.ts'
import { browserWorld } from '../helpers/browser-world.ts'

t.test('the desk in a browser', { skip: withoutBrowser }, async (t) => {
  const scene = await browserWorld(t)
  const { baseUrl } = scene.world
  const browser = await startBrowser(t)
  const open = async (
    screen: Parameters<typeof browser.open>[0],
    path: string,
    who: 'nurse' | 'colleague' = 'nurse',
  ): Promise<Window> => {
    const window = await browser.open(screen)
    await scene.signIn(window.page, who)
    await window.page.goto(`${baseUrl}${path}`)
    return window
  }
  // Whoever has signed in is a colleague.
  await (await open({}, '/worklist', 'colleague')).context.close()

  await t.test('W5 two who take the next one at once get one each', async (t) => {
    const windows = [await open({}, '/worklist'), await open({}, '/worklist', 'colleague')]
    await Promise.all(
      windows.map(async ({ page }) => {
        await page.getByRole('button', { name: 'Take the next one' }).click()
        await page.getByText('It is yours now.').waitFor()
      }),
    )
    const taken = windows.map(({ page }) => new URL(page.url()).pathname)
    t.equal(new Set(taken).size, 2, taken.join())
    for (const { context, faults } of windows) {
      t.same(faults, [])
      await context.close()
    }
  })

  await t.test('W13 rows are chosen by keyboard, counted, and the bar hides nothing', async (t) => {
    const { page, context, faults } = await open({ height: 500 }, '/worklist?owner=none')
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    t.equal(await page.locator('[data-chosen]').textContent(), '2')
    t.same(await accessibilityFaults(page), [])
    t.same(await smallTargets(page), [])
    t.same(await hiddenFocus(page), [])
    await page.getByRole('link', { name: 'Choose all on this page' }).click()
    t.equal(await page.locator('input[name=row]:not(:checked)').count(), 0)
    await page.getByRole('link', { name: 'Choose none' }).click()
    t.equal(await page.locator('input[name=row]:checked').count(), 0)
    await page.locator('input[name=row]').first().check()
    await page.getByLabel('Assign to').selectOption({ label: 'Amir Haddad, MD' })
    await page.getByRole('button', { name: 'Assign', exact: true }).click()
    await page.getByText('Assigned: 1 referral.').waitFor()
    t.match(page.url(), /owner=none/, 'the list is the same')
    t.same(faults, [])
    await context.close()
  })

  await t.test(
    'W4 without scripts several are snoozed, listed, brought back, and one is told of that could not',
    async (t) => {
      const { page, context, faults } = await open({ javaScript: false }, '/worklist?tab=new')
      const before = await page.locator('tbody tr').count()
      await page.getByRole('link', { name: 'Choose all on this page' }).click()
      t.equal(await page.locator('input[name=row]:checked').count(), before)
      const kept = page.locator('input[name=row]')
      for (let n = 2; n < before; n++) await kept.nth(n).uncheck()
      const other = await open({}, '/worklist?tab=new', 'colleague')
      await other.page.locator('tbody a').first().click()
      await other.page.getByLabel('Assign to').selectOption({ label: 'Nobody' })
      await other.page.getByRole('button', { name: 'Assign', exact: true }).click()
      await other.page.getByText('Assigned.').waitFor()
      await other.context.close()
      await page.getByRole('button', { name: 'Snooze until…' }).click()
      await page.getByRole('button', { name: 'Snooze' }).click()
      t.match(await page.locator('[role=alert]').textContent(), /Choose a reason/)
      await page.getByLabel('Records are on their way').check()
      await page.getByRole('button', { name: 'Snooze' }).click()
      const main = (await page.locator('main').textContent()) ?? ''
      t.match(main, /Snoozed: 1 referral\.\s*Not done: 1 referral\./)
      t.match(main, /somebody changed it since you opened the list/)
      t.equal(await page.locator('tbody tr').count(), before - 1, 'its row has left the list')
      await page.getByRole('link', { name: 'Snoozed 1' }).click()
      t.equal(await page.locator('tbody tr').count(), 1)
      await page.locator('tbody a').first().click()
      await page.getByRole('button', { name: 'Bring it back now' }).click()
      t.match(await page.locator('main').textContent(), /It is back on the list\./)
      await page.goto(`${baseUrl}/worklist?tab=new`)
      t.equal(await page.locator('tbody tr').count(), before)
      t.same(faults, [])
      await context.close()
    },
  )

  await t.test(
    'W7 a list that is saved is the same after a reload, and for who it is shared with',
    async (t) => {
      const { page, context, faults } = await open({}, '/worklist?tab=new&priority=urgent')
      const rows = await page.locator('tbody tr').count()
      await page.getByRole('link', { name: 'Save this list' }).click()
      await page.getByLabel('Name of the list').fill('Urgent ones')
      await page.getByLabel('Everybody of the clinic').check()
      t.same(await accessibilityFaults(page), [])
      await page.getByRole('button', { name: 'Save', exact: true }).click()
      await page.waitForURL('**/worklist?tab=new&priority=urgent')
      await page.reload()
      t.equal(await page.locator('tbody tr').count(), rows)
      const other = await open({}, '/worklist', 'colleague')
      await other.page.getByRole('link', { name: `Urgent ones ${rows}` }).click()
      t.equal(other.page.url(), page.url())
      t.equal(await other.page.locator('tbody tr').count(), rows)
      t.same([...faults, ...other.faults], [])
      await other.context.close()
      await context.close()
    },
  )

  await t.test(
    'W16 on a phone rows are cards that can be chosen, and nothing runs over',
    async (t) => {
      for (const width of [320, 360]) {
        const { page, context } = await open({ width, height: 720 }, '/worklist?tab=new&chosen=all')
        t.notOk(await overflows(page), `${width} px`)
        t.same(await accessibilityFaults(page), [])
        t.same(await smallTargets(page), [])
        t.same(await hiddenFocus(page), [])
        await context.close()
      }
    },
  )

  await t.test('the list is saved as a file', async (t) => {
    const { page, context, faults } = await open({}, '/worklist?tab=new')
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Save the list as CSV' }).click(),
    ])
    t.match(file.suggestedFilename(), /^worklist-new-\d{4}-\d\d-\d\d\.csv$/)
    const text = await readFile(await file.path(), 'utf8')
    t.equal(text.trim().split('\r\n').length, 1 + (await page.locator('tbody tr').count()))
    t.same(faults, [])
    await context.close()
  })
})
