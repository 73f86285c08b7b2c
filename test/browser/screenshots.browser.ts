/** `npm run screenshots`: every page on every screen, as pictures in reports/screenshots. */

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { startBrowser, withoutBrowser } from '../helpers/browser.ts'
import { browserWorld } from '../helpers/browser-world.ts'
import { screens, shownPages } from './shown-pages.ts'

const folder = join(import.meta.dirname, '../../reports/screenshots')

t.test('screenshots', { skip: withoutBrowser }, async (t) => {
  await mkdir(folder, { recursive: true })
  const scene = await browserWorld(t)
  const browser = await startBrowser(t)
  for (const { name, path, who } of shownPages) {
    for (const [how, screen] of Object.entries(screens)) {
      const { page, context } = await browser.open(screen)
      if (who) await scene.signIn(page, who)
      await page.goto(`${scene.world.baseUrl}${path(scene)}`)
      await page.screenshot({ path: join(folder, `${name}-${how}.png`), fullPage: true })
      if (how === 'light') {
        await page.emulateMedia({ media: 'print' })
        await page.screenshot({ path: join(folder, `${name}-print.png`), fullPage: true })
      }
      await context.close()
    }
    t.pass(name)
  }
})
