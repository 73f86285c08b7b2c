/** Every page on every screen: axe has nothing against it, it fits, and nothing of others is loaded. */

import t from 'tap'
import {
  accessibilityFaults,
  overflows,
  startBrowser,
  type TestBrowser,
  type Window,
  withoutBrowser,
} from '../helpers/browser.ts'
import { type BrowserWorld, browserWorld } from '../helpers/browser-world.ts'
import { heldScreens, type ShownPage, shownPages } from './shown-pages.ts'

t.test('every page', { skip: withoutBrowser }, async (t) => {
  const scene = await browserWorld(t)
  const browser = await startBrowser(t)
  for (const [how, screen] of Object.entries(heldScreens))
    await t.test(`${how}: axe finds nothing, it fits, and it keeps to itself`, async (t) => {
      for (const [who, pages] of byWho()) {
        const window = await entered(browser, scene, screen, who)
        const { page, faults, context } = window
        for (const { name, path } of pages) {
          const before = faults.length
          await page.goto(`${scene.world.baseUrl}${path(scene)}`)
          t.same(await accessibilityFaults(page), [], name)
          t.notOk(await overflows(page), `${name} fits`)
          t.same(faults.slice(before), [], `${name} keeps to itself`)
        }
        await context.close()
      }
    })

  await t.test('without scripts each page says the same', async (t) => {
    for (const [who, pages] of byWho()) {
      const windows = [
        await entered(browser, scene, {}, who),
        await entered(browser, scene, { javaScript: false }, who),
      ]
      for (const { name, path } of pages) {
        const [withScripts, without] = await Promise.all(
          windows.map(async ({ page }) => {
            await page.goto(`${scene.world.baseUrl}${path(scene)}`)
            const text = (await page.locator('main').textContent()) ?? ''
            // Each request has an id of its own, which a problem names.
            return text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'id').replace(/\s+/g, ' ')
          }),
        )
        t.equal(without, withScripts, name)
      }
      for (const { context } of windows) await context.close()
    }
  })
})

type Who = ShownPage['who']

/** One window for all that somebody looks at. */
const byWho = (): ReadonlyMap<Who, readonly ShownPage[]> =>
  Map.groupBy(shownPages, ({ who }) => who)

async function entered(
  browser: TestBrowser,
  scene: BrowserWorld,
  screen: Parameters<TestBrowser['open']>[0],
  who: Who,
): Promise<Window> {
  const window = await browser.open(screen)
  if (who) await scene.signIn(window.page, who)
  return window
}
