/** Triage on a phone, by touch, and the switches that a reader has (W15, W16). */

import type { Page } from 'playwright-core'
import t from 'tap'
import { accessibilityFaults, overflows, startBrowser, withoutBrowser } from '../helpers/browser.ts'
import { browserWorld } from '../helpers/browser-world.ts'

const aPhone = { width: 360, height: 640, touch: true } as const

t.test('on a phone', { skip: withoutBrowser }, async (t) => {
  const scene = await browserWorld(t)
  const browser = await startBrowser(t)
  const { baseUrl } = scene.world
  const standing = async (path: string): Promise<string | undefined> => {
    const id = /\/referrals\/([\w-]+)/.exec(path)?.[1] ?? ''
    const nurse = await scene.enter('nurse')
    return /class="tag info">([^<]*)</.exec((await nurse.get(`/referrals/${id}`)).html)?.[1]
  }
  const onQueue = async () => {
    const window = await browser.open(aPhone)
    await scene.signIn(window.page)
    await window.page.goto(`${baseUrl}/worklist`)
    return window
  }
  /** Opens the first card by touch. */
  const openFirst = async (page: Page): Promise<string> => {
    const link = page.locator('tbody th a').first()
    const path = (await link.getAttribute('href')) ?? ''
    await link.tap()
    await page.waitForURL(`**${path}*`)
    return path
  }

  await t.test('from the list a referral is accepted in two taps', async (t) => {
    const { page, context, faults } = await onQueue()
    t.notOk(await overflows(page))
    const path = await openFirst(page)
    t.notOk(await overflows(page))
    await page.getByRole('button', { name: 'Accept', exact: true }).tap()
    await page.getByText('Accepted.').waitFor()
    t.equal(await standing(path), 'To be scheduled')
    t.same(await accessibilityFaults(page), [])
    t.same(faults, [])
    await context.close()
  })

  await t.test('from the list a practice is asked in three taps', async (t) => {
    const { page, context, faults } = await onQueue()
    const path = await openFirst(page)
    await page.getByRole('link', { name: 'Ask for information' }).tap()
    await page.getByLabel('What the referrer is asked for').fill('Which dose of oxycodone?')
    t.notOk(await overflows(page))
    t.same(await accessibilityFaults(page), [])
    await page.getByRole('button', { name: 'Ask for information', exact: true }).tap()
    await page.getByText('The referrer is asked.').waitFor()
    t.equal(await standing(path), 'Waiting for information')
    t.same(faults, [])
    await context.close()
  })
})

t.test('a reader’s switches', { skip: withoutBrowser }, async (t) => {
  const scene = await browserWorld(t)
  const browser = await startBrowser(t)
  const ground = (page: Page): Promise<string> =>
    page.evaluate('getComputedStyle(document.body).backgroundColor')

  await t.test('light, dark, or as the device has it, whatever the device has', async (t) => {
    const grounds: Record<string, string> = {}
    for (const dark of [false, true]) {
      const { page, context, faults } = await browser.open({ dark })
      await scene.signIn(page)
      await page.goto(`${scene.world.baseUrl}/worklist?tab=new`)
      for (const name of ['As the device', 'Light', 'Dark']) {
        await page.getByRole('button', { name, exact: true }).click()
        await page.waitForURL('**/worklist?tab=new')
        grounds[`${name} ${dark}`] = await ground(page)
        t.equal(
          await page.getByRole('button', { name, exact: true }).getAttribute('aria-pressed'),
          'true',
        )
        t.same(
          await accessibilityFaults(page),
          [],
          `${name} on a ${dark ? 'dark' : 'light'} device`,
        )
      }
      t.same(faults, [])
      await context.close()
    }
    const light = grounds['Light false']
    const dark = grounds['Dark false']
    t.not(light, dark)
    t.equal(grounds['Light true'], light)
    t.equal(grounds['Dark true'], dark)
    t.equal(grounds['As the device false'], light)
    t.equal(grounds['As the device true'], dark)
  })

  await t.test('the language, without a script too', async (t) => {
    const { page, context, faults } = await browser.open({ javaScript: false })
    await scene.signIn(page)
    await page.goto(`${scene.world.baseUrl}/worklist?tab=new`)
    await page.getByRole('button', { name: 'Español' }).click()
    t.match(page.url(), /\/worklist\?tab=new$/)
    t.equal(await page.locator('html').getAttribute('lang'), 'es-US')
    t.match(await page.locator('h1').textContent(), /Lista de trabajo/)
    await page.getByRole('button', { name: 'English' }).click()
    t.equal(await page.locator('html').getAttribute('lang'), 'en-US')
    t.same(faults, [])
    await context.close()
  })
})
