/** What axe cannot see of WCAG 2.2 AA: targets, focus, zoom, text spacing, motion (W11). */

import t from 'tap'
import {
  cutOff,
  hiddenFocus,
  overflows,
  setText,
  smallTargets,
  startBrowser,
  withoutBrowser,
} from '../helpers/browser.ts'
import { browserWorld } from '../helpers/browser-world.ts'
import { speakPseudo } from '../helpers/pseudo.ts'
import { screens, shownPages } from './shown-pages.ts'

t.test('every page', { skip: withoutBrowser }, async (t) => {
  speakPseudo()
  const scene = await browserWorld(t)
  const browser = await startBrowser(t)
  const each = async (
    screen: Parameters<typeof browser.open>[0],
    look: (page: Awaited<ReturnType<typeof browser.open>>['page'], name: string) => Promise<void>,
  ) => {
    for (const [who, pages] of Map.groupBy(shownPages, ({ who }) => who)) {
      const { page, context } = await browser.open(screen)
      if (who) await scene.signIn(page, who)
      for (const { name, path } of pages) {
        await page.goto(`${scene.world.baseUrl}${path(scene)}`)
        await look(page, name)
      }
      await context.close()
    }
  }

  await t.test(
    'on a low wide screen what has the focus is seen, and what is pressed is large enough (2.4.7, 2.4.11, 2.5.8)',
    async (t) =>
      each({ height: 600 }, async (page, name) => {
        t.same(await smallTargets(page), [], `${name}: targets`)
        t.same(await hiddenFocus(page), [], `${name}: focus`)
      }),
  )

  await t.test('on a phone too, with text spaced out as readers may (1.4.10, 1.4.12)', async (t) =>
    each(screens.phone, async (page, name) => {
      t.same(await smallTargets(page), [], `${name}: targets`)
      t.same(await hiddenFocus(page), [], `${name}: focus`)
      await setText(page, 'wide')
      t.notOk(await overflows(page), `${name} fits`)
      t.same(await cutOff(page), [], `${name}: nothing cut off`)
    }),
  )

  await t.test('at twice the size of text nothing is cut off (1.4.4)', async (t) =>
    each({}, async (page, name) => {
      await setText(page, 'large')
      t.notOk(await overflows(page), `${name} fits`)
      t.same(await cutOff(page), [], `${name}: nothing cut off`)
    }),
  )

  await t.test('in a language of longer words all of it fits on 320 px', async (t) =>
    each(screens['pseudo-phone'], async (page, name) => {
      t.notOk(await overflows(page), `${name} fits`)
      t.same(await cutOff(page), [], `${name}: nothing cut off`)
    }),
  )

  await t.test('nothing moves for who wants no motion', async (t) => {
    const { page, context } = await browser.open({})
    await scene.signIn(page)
    await page.goto(`${scene.world.baseUrl}/worklist`)
    const moving = `[getComputedStyle(document.documentElement).scrollBehavior, document.getAnimations().length,
      [...document.querySelectorAll('*')].filter((each) => {
        const { transitionDuration, animationName } = getComputedStyle(each)
        return transitionDuration !== '0s' || animationName !== 'none'
      }).length]`
    t.same(await page.evaluate(moving), ['auto', 0, 0])
    await context.close()
  })
})
