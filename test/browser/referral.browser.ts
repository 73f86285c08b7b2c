/** One referral in a real browser: typed text survives, two people know of one another, few presses, all keys. */

import t from 'tap'
import {
  accessibilityFaults,
  startBrowser,
  type Window,
  withoutBrowser,
} from '../helpers/browser.ts'
import { browserWorld } from '../helpers/browser-world.ts'
import { focused, press } from '../helpers/keyboard.ts'

t.test('a referral in a browser', { skip: withoutBrowser }, async (t) => {
  const scene = await browserWorld(t)
  const { baseUrl } = scene.world
  const browser = await startBrowser(t)
  const pathOf = (n: number, step = '') => `/referrals/${scene.referred[n]?.id}${step}?tab=new`
  const open = async (path: string, who: 'nurse' | 'colleague' = 'nurse'): Promise<Window> => {
    const window = await browser.open()
    await scene.signIn(window.page, who)
    await window.page.goto(`${baseUrl}${path}`)
    return window
  }

  await t.test('W12 the browser is killed while somebody types, and nothing is lost', async (t) => {
    const { page, context, faults } = await open(pathOf(0, '/decline'))
    await page.getByLabel(/^Explanation/).pressSequentially('Not before the autumn')
    await page.getByText(/^Saved at \d\d:\d\d\.$/).waitFor()
    t.same(await accessibilityFaults(page), [])
    t.same(faults, [])
    // Without a farewell: no page is told that it is closed.
    await context.close()
    const again = await open(pathOf(0))
    await again.page.getByRole('link', { name: 'Go on: Decline' }).click()
    t.equal(await again.page.getByLabel(/^Explanation/).inputValue(), 'Not before the autumn')
    t.match(await again.page.locator('main').textContent(), /You began this on/)
    t.same(await accessibilityFaults(again.page), [])
    await again.page.goto(`${baseUrl}/worklist/drafts`)
    t.match(await again.page.locator('main').textContent(), /Decline: Okonkwo, Adaeze/)
    t.same(again.faults, [])
    await again.context.close()
  })

  await t.test('what was typed last is kept when its page is left in a hurry', async (t) => {
    const { page, context } = await open(pathOf(0, '/note'))
    await page.getByLabel('Note').pressSequentially('Call back')
    await page.goto(`${baseUrl}/worklist`)
    await page.goto(`${baseUrl}${pathOf(0, '/note')}`)
    t.equal(await page.getByLabel('Note').inputValue(), 'Call back')
    await context.close()
  })

  await t.test('who is signed out meanwhile is told, and finds it again', async (t) => {
    const { page, context } = await open(pathOf(3, '/ask'))
    const field = page.getByLabel('Message to the referrer')
    await field.pressSequentially('Please')
    await page.getByText(/^Saved at/).waitFor()
    await context.clearCookies()
    await field.pressSequentially(' answer')
    await page.getByText(/^You are signed out, and what you type now is not saved\./).waitFor()
    await scene.signIn(page)
    await page.reload()
    t.equal(await field.inputValue(), 'Please')
    await context.close()
  })

  await t.test(
    'W9 W17 two people: each is told of the other, focus and text stay, and nothing is overwritten',
    async (t) => {
      const nurse = await open(pathOf(1, '/decline'))
      const field = nurse.page.getByLabel(/^Explanation/)
      await field.pressSequentially('Try Summit')
      await nurse.page.getByText(/^Saved at/).waitFor()
      const colleague = await open(pathOf(1), 'colleague')
      const company = (window: Window) => window.page.locator('[data-present]').textContent()
      t.equal(await company(colleague), 'Nora Lind, RN is writing.')
      await colleague.page.getByRole('button', { name: 'Accept', exact: true }).click()
      await colleague.page.getByText('Accepted.').waitFor()
      const news = nurse.page.locator('[data-news]')
      await news.waitFor({ state: 'visible' })
      t.match(
        await news.textContent(),
        /Changed by Amir Haddad, MD, .* at \d\d:\d\d: To be scheduled\. What you typed is kept\./,
      )
      t.match(await focused(nurse.page), /^Explanation/)
      t.equal(await field.inputValue(), 'Try Summit')
      t.same(await accessibilityFaults(nurse.page), [])
      const [answer] = await Promise.all([
        nurse.page.waitForResponse(/\/decline$/),
        nurse.page.getByRole('button', { name: 'No capacity in useful time' }).click(),
      ])
      t.equal(answer.status(), 412)
      t.equal(await nurse.page.getByLabel(/^Explanation/).inputValue(), 'Try Summit')
      t.same([...nurse.faults, ...colleague.faults], [])
      await nurse.context.close()
      await colleague.context.close()
    },
  )

  await t.test(
    'W6 every key of a referral does what the help says, and none when off',
    async (t) => {
      const { page, context, faults } = await open(pathOf(4))
      const url = page.url()
      await page.keyboard.press('?')
      const told = await page.locator('#keys [data-keys] li').allTextContents()
      t.same(
        told.map((each) => each.trim().split(/\s+/)[0]).sort(),
        ['a', 'd', 'e', 'h', 'i', 'n'],
        told.join('; '),
      )
      await page.keyboard.press('Escape')
      for (const [key, address] of [
        ['a', /\/accept\?tab=new$/],
        ['i', /\/ask\?tab=new$/],
        ['d', /\/decline\?tab=new$/],
        ['n', /\/note\?tab=new$/],
      ] as const) {
        await press(page, key, address)
        await page.goBack()
      }
      await page.keyboard.press('e')
      t.match(page.url(), /#check$/)
      await page.goto(url)
      await page.getByRole('button', { name: 'Turn keyboard shortcuts off' }).click()
      await page.waitForURL(url)
      for (const key of ['a', 'd', '?', 'e']) await page.keyboard.press(key)
      await page.waitForTimeout(100)
      t.equal(page.url(), url)
      t.equal(await page.locator('#keys').count(), 0)
      t.same(faults, [])
      await context.close()
    },
  )

  await t.test('accept takes two presses from the list, decline and ask three', async (t) => {
    const { page, context } = await open('/worklist')
    let presses = 0
    const press = async (role: 'link' | 'button', name: string | RegExp) => {
      await page.getByRole(role, { name }).first().click()
      presses++
    }
    const counted = async (family: string, ...rest: Parameters<typeof press>[]) => {
      await page.goto(`${baseUrl}/worklist`)
      presses = 0
      await press('link', new RegExp(family))
      for (const each of rest) await press(...each)
      return presses
    }
    t.equal(await counted('Lindqvist|Ng, Su', ['button', /^Accept$/]), 2)
    t.match(await page.locator('main').textContent(), /Accepted\./)
    t.equal(
      await counted('Petrov', ['link', /^Decline$/], ['button', 'No capacity in useful time']),
      3,
    )
    t.match(await page.locator('.held').textContent(), /Decline: Petrov, Ivan/)
    const ask = /^Ask for information$/
    const waiting = counted('García Márquez', ['link', ask])
    await waiting
    await page.getByLabel('What the referrer is asked for').fill('Which dose?')
    await press('button', ask)
    t.equal(presses, 3)
    t.match(await page.locator('main').textContent(), /The referrer is asked\./)
    await context.close()
  })

  await t.test('W19 when news cannot come, the list says so with the next step', async (t) => {
    const { page, context } = await browser.open()
    await scene.signIn(page)
    await page.route('**/worklist/live', (route) => route.abort())
    await page.clock.install()
    await page.goto(`${baseUrl}/worklist?tab=new`)
    const news = page.locator('[data-live]')
    t.notOk(await news.isVisible())
    await page.clock.runFor(11_000)
    await news.waitFor({ state: 'visible' })
    t.match(await news.textContent(), /is not told of changes at the moment\. Load it again/)
    await context.close()
  })

  await t.test('W5 what is undone by keyboard was never done', async (t) => {
    const { page, context, faults } = await open(pathOf(8))
    await page.getByRole('button', { name: 'Accept, open the next' }).click()
    await page.locator('.held').first().waitFor()
    t.same(await accessibilityFaults(page), [])
    await page.keyboard.press('u')
    t.equal(await focused(page), 'Undo', 'the key alone does nothing')
    await page.keyboard.press('Enter')
    await page.getByText('Taken back. Nothing was sent, and nobody was told.').waitFor()
    t.match(page.url(), new RegExp(scene.referred[8]?.id ?? 'none'))
    t.same(faults, [])
    await context.close()
  })
})
