/** The clinic's list in a real browser: by keyboard, live, small, dark, without scripts. */

import { gzipSync } from 'node:zlib'
import t from 'tap'
import { aReferral } from '../helpers/a-referral.ts'
import {
  accessibilityFaults,
  startBrowser,
  type Window,
  withoutBrowser,
} from '../helpers/browser.ts'
import { browserWorld } from '../helpers/browser-world.ts'

t.test('the list in a browser', { skip: withoutBrowser }, async (t) => {
  const scene = await browserWorld(t)
  const { baseUrl } = scene.world
  const browser = await startBrowser(t)
  const open = async (
    screen: Parameters<typeof browser.open>[0],
    path = '/worklist',
  ): Promise<Window> => {
    const window = await browser.open(screen)
    await scene.signIn(window.page)
    await window.page.goto(`${baseUrl}${path}`)
    return window
  }

  await t.test(
    'from row to row by keyboard, with the arrows as with j and k, and to the search',
    async (t) => {
      const { page, context, faults } = await open({})
      const focused = () => page.evaluate('document.activeElement.textContent.trim()')
      const first = await page.locator('tbody a').first().textContent()
      await page.keyboard.press('j')
      t.equal(await focused(), first)
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('k')
      t.equal(await focused(), first)
      await page.keyboard.press('/')
      t.equal(await page.evaluate('document.activeElement.id'), 'find')
      await page.keyboard.type('lindq')
      t.equal(await page.locator('#find').inputValue(), 'lindq', 'keys are letters while one types')
      await page.keyboard.press('Enter')
      await page.waitForURL('**/worklist/find')
      t.equal(await page.locator('tbody tr').count(), 1)
      t.notMatch(page.url(), /lindq/i)
      await page.goto(`${baseUrl}/worklist`)
      await page.keyboard.press('?')
      t.ok(await page.locator('#keys').isVisible())
      t.same(await accessibilityFaults(page), [])
      await page.keyboard.press('Escape')
      t.same(faults, [])
      await context.close()
    },
  )

  await t.test('shortcuts can be switched off, and stay off (WCAG 2.1.4)', async (t) => {
    const { page, context } = await open({})
    const turn = async (how: string, other: string) => {
      await page.getByRole('button', { name: `Turn keyboard shortcuts ${how}` }).click()
      await page.getByRole('button', { name: `Turn keyboard shortcuts ${other}` }).waitFor()
      // The keys are a script of the next page.
      await page.waitForLoadState('load')
    }
    await turn('off', 'on')
    await page.keyboard.press('/')
    await page.keyboard.press('j')
    t.equal(await page.evaluate('document.activeElement.tagName'), 'BODY')
    await turn('on', 'off')
    await page.keyboard.press('j')
    t.equal(await page.evaluate('document.activeElement.tagName'), 'A')
    await context.close()
  })

  await t.test(
    'a new referral is announced within two seconds, and the list stays under the cursor',
    async (t) => {
      const { page, context, faults } = await open({})
      await page.waitForTimeout(300)
      await page.keyboard.press('j')
      const before = await page.locator('tbody tr').allTextContents()
      const focused = await page.evaluate('document.activeElement.getAttribute("href")')
      const sent = performance.now()
      await scene.world.refer(aReferral())
      await page.getByText('1 change since you opened this list.').waitFor({ timeout: 5_000 })
      t.ok(performance.now() - sent < 5_000)
      t.same(await page.locator('tbody tr').allTextContents(), before)
      t.equal(await page.evaluate('document.activeElement.getAttribute("href")'), focused)
      t.same(await accessibilityFaults(page), [])
      await page.getByRole('link', { name: 'Show them' }).click()
      await page.waitForFunction(`document.querySelectorAll('tbody tr').length > ${before.length}`)
      t.same(faults, [])
      await context.close()
    },
  )

  await t.test('without scripts all of it can be read, searched, filtered and left', async (t) => {
    const { page, context, faults } = await open({ javaScript: false })
    t.ok((await page.locator('tbody tr').count()) >= 10)
    await page.locator('#find').fill('okonkwo')
    await page.getByRole('button', { name: 'Search' }).click()
    t.equal(await page.locator('tbody tr').count(), 1)
    await page.getByRole('link', { name: /^New/ }).click()
    await page.getByText('Filter', { exact: true }).click()
    await page.getByLabel('Priority').selectOption('stat')
    await page.getByRole('button', { name: 'Apply' }).click()
    t.match(page.url(), /priority=stat/)
    t.equal(await page.locator('tbody tr').count(), 1)
    await page.getByRole('button', { name: 'Dark' }).click()
    t.equal(await page.locator('html').getAttribute('data-theme'), 'dark')
    t.match(page.url(), /priority=stat/, 'and the list is the same')
    await page.getByRole('button', { name: 'Sign out' }).click()
    t.match(page.url(), /\/sign-in\?after=ended/)
    t.same(faults, [])
    await context.close()
  })

  await t.test(
    'a page with its style sheet and its script is 40 KB at most, compressed',
    async (t) => {
      const window = await browser.open()
      await scene.signIn(window.page)
      const sizes = new Map<string, number>()
      window.page.on('response', async (response) => {
        if (!response.url().endsWith('/live'))
          sizes.set(response.url(), gzipSync(await response.body()).length)
      })
      await window.page.goto(`${baseUrl}/worklist`, { waitUntil: 'load' })
      await window.page.waitForTimeout(200)
      const total = [...sizes.values()].reduce((sum, size) => sum + size, 0)
      t.equal(sizes.size, 4)
      t.ok(total < 40 * 1024, `${total} bytes`)
      t.comment(`${total} bytes`)
      await window.context.close()
    },
  )
})
