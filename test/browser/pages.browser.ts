/** Every page on every screen: axe has nothing against it, it fits, and nothing of others is loaded. */

import t from 'tap'
import { accessibilityFaults, overflows, startBrowser, withoutBrowser } from '../helpers/browser.ts'
import { browserWorld } from '../helpers/browser-world.ts'
import { screens, shownPages } from './shown-pages.ts'

t.test('every page', { skip: withoutBrowser }, async (t) => {
  const scene = await browserWorld(t)
  const browser = await startBrowser(t)
  for (const [how, screen] of Object.entries(screens))
    await t.test(how, async (t) => {
      for (const { name, path, who } of shownPages) {
        const { page, context, faults } = await browser.open(screen)
        if (who) await scene.signIn(page, who)
        await page.goto(`${scene.world.baseUrl}${path(scene)}`)
        t.same(await accessibilityFaults(page), [], name)
        t.notOk(await overflows(page), `${name} fits`)
        t.same(faults, [], `${name} keeps to itself`)
        await context.close()
      }
    })

  await t.test('without scripts each page says the same', async (t) => {
    for (const { name, path, who } of shownPages) {
      const texts: string[] = []
      for (const javaScript of [true, false]) {
        const { page, context } = await browser.open({ javaScript })
        if (who) await scene.signIn(page, who)
        await page.goto(`${scene.world.baseUrl}${path(scene)}`)
        const text = (await page.locator('main').textContent()) ?? ''
        // Each request has an id of its own, which a problem names.
        texts.push(text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'id').replace(/\s+/g, ' '))
        await context.close()
      }
      t.equal(texts[1], texts[0], name)
    }
  })
})
