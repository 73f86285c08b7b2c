/** A nurse's day in a real browser, on the app that ships with a clinic's EHR behind it. */

import type { Patient } from 'fhir/r4'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { aReferral, requestOf, resourcesOf } from '../helpers/a-referral.ts'
import { startBrowser, type TestBrowser, withoutBrowser } from '../helpers/browser.ts'
import { eventually } from '../helpers/eventually.ts'
import { taskAtClinic } from '../helpers/journey.ts'
import { enter, focused, press, tabTo } from '../helpers/keyboard.ts'
import { pdfFacts } from '../helpers/pdf-facts.ts'
import { type Referred, startWorld, type World } from '../helpers/world.ts'

const families = [
  ...['Okonkwo', 'Lindqvist', 'García Márquez', 'אלון', 'Ng'],
  ...['Petrov', 'Whitehorse', 'Haile', 'Kowalski', 'Featherstone'],
]

/** Referrals that have reached the clinic's EHR, by the families of their patients. */
async function arrived(world: World, names: readonly string[]): Promise<Map<string, Referred>> {
  const found = new Map<string, Referred>()
  for (const family of names) {
    const bundle = aReferral()
    const patient = resourcesOf(bundle).find(({ resourceType }) => resourceType === 'Patient')
    Object.assign(patient as Patient, { name: [{ family, given: ['Robin'] }] })
    requestOf(bundle).reasonCode = [{ text: 'Complex regional pain syndrome' }]
    found.set(family, await world.refer(bundle))
  }
  for (const referred of found.values()) await world.reaches(referred, 'received/awaiting-triage')
  return found
}

const familyOn = async (page: Page): Promise<string> =>
  ((await page.locator('h1').first().textContent()) ?? '').split(',')[0]?.trim() ?? ''

/** The next of the list, or the list when there is none. */
const onward = /\/(referrals\/[^/]+\?tab=new|worklist\?tab=new)$/

t.test('the nurse’s day', { skip: withoutBrowser }, async (t) => {
  const world = await startWorld(t)
  const all = await arrived(world, families)
  const browser = await startBrowser(t)
  const begun = performance.now()
  const { page, context, faults } = await browser.open()
  const at = (path: string) => `${world.baseUrl}${path}`
  const inOrder: string[] = []
  const referredAt = (n: number) => all.get(inOrder[n] ?? '') as Referred

  await t.test('signs in', async (t) => {
    await page.goto(at('/worklist'))
    await tabTo(page, /Nora Lind/)
    await enter(page, '**/worklist')
    t.equal(await page.locator('tbody tr').count(), 10)
  })

  await t.test('W6 triages ten referrals with the keyboard alone', async (t) => {
    await page.keyboard.press('j')
    await press(page, 'a', /\/accept\?tab=new$/)
    inOrder.push(await familyOnForm(page))
    t.equal(await focused(page), 'Accept', 'three keys for the first decision')
    await enter(page, /done=accept$/)
    t.match(await page.locator('main').textContent(), 'Accepted.')
    await page.goto(at('/worklist'))
    await page.keyboard.press('j')
    await enter(page, /\/referrals\/[^/]+\?tab=new$/)
    for (let n = 1; n < 10; n++) {
      inOrder.push(await familyOn(page))
      await decide[n === 3 ? 'decline' : n === 5 ? 'ask' : 'accept'](page)
      if (n === 7) await takeBack(t, page, inOrder[7] ?? '')
    }
    t.match(page.url(), /\/(worklist|referrals\/[^/]+)\?tab=new$/)
    t.same([...inOrder].sort(), [...families].sort(), 'each once, in the order of the list')
  })

  await t.test('what she decided reaches the EHR, and what she took back never', async (t) => {
    const became = (n: number, status: string) =>
      eventually(`the EHR has ${n} as ${status}`, async () =>
        taskAtClinic(world, referredAt(n)).status === status ? true : undefined,
      )
    for (const n of [0, 1, 2, 4, 6, 8, 9]) await became(n, 'accepted')
    await became(3, 'rejected')
    await world.reaches(referredAt(5), 'received/awaiting-information')
    const { status, meta } = taskAtClinic(world, referredAt(7))
    t.not(status, 'accepted')
    t.equal(meta?.versionId, '1', 'the EHR has not heard of it')
    t.match(taskAtClinic(world, referredAt(3)).note?.at(-1)?.text, /Try Summit/)
  })

  await t.test('W9 the practice’s answer arrives while she has the referral open', async (t) => {
    const asked = referredAt(5)
    await page.goto(at(`/referrals/${asked.id}?tab=waiting`))
    await tabTo(page, /Other actions/)
    const before = await page.locator('main h1').textContent()
    await answer(t, world, browser, asked)
    const news = page.locator('[data-news]')
    await news.waitFor({ state: 'visible', timeout: 5_000 })
    t.match(await news.textContent(), /Changed by Dr Kim Example, .* at \d\d:\d\d: .*\./)
    t.equal(await page.locator('main h1').textContent(), before)
    t.match(await focused(page), /Other actions/, 'and the focus stayed')
    await press(page, 'r', /tab=waiting$/)
    t.match(await page.locator('main').textContent(), /Waiting for triage/)
  })

  await t.test(
    'makes an appointment, sees the patient seen, and reports the outcome',
    async (t) => {
      await page.goto(at('/worklist?tab=to-schedule'))
      await page.keyboard.press('j')
      await press(page, 's', /\/schedule\?tab=to-schedule$/)
      const family = await familyOnForm(page)
      const referred = all.get(family) as Referred
      await tabTo(page, 'Date and time')
      const soon = new Date(Date.now() + 9 * 86_400_000)
      await page.keyboard.type(
        `${String(soon.getMonth() + 1).padStart(2, '0')}${String(soon.getDate()).padStart(2, '0')}${soon.getFullYear()}`,
      )
      await page.keyboard.press('ArrowRight')
      await page.keyboard.type('0230PM')
      await tabTo(page, 'Make an appointment')
      await enter(page, /done=schedule$/)
      await world.reaches(referred, 'in-progress/scheduled')
      await tabTo(page, 'Patient was seen')
      await enter(page, /done=visit$/)
      await press(page, 'c', /\/complete\?tab=to-schedule$/)
      await tabTo(page, 'Outcome')
      await page.keyboard.type('Pain fell from 8 to 3. Review in May.')
      await tabTo(page, 'Complete with outcome')
      await enter(page, /done=complete$/)
      await world.reaches(referred, 'completed/completed')
      await eventually('the EHR has it', async () =>
        taskAtClinic(world, referred).status === 'completed' ? true : undefined,
      )
      t.match(
        await page.locator('main').textContent(),
        /Completed\. The referrer has the outcome\./,
      )
    },
  )

  await t.test('W10 prints the packet', async (t) => {
    await tabTo(page, /Packet|packet|print/)
    await enter(page, /\/packet$/)
    const family = await familyOn(page)
    const link = page.locator('a[href$="packet.pdf"]')
    const pdf = await context.request.get(at((await link.getAttribute('href')) ?? ''))
    const { text, isMarked } = pdfFacts(await pdf.body())
    t.ok(isMarked)
    t.match(text, /Pain fell from 8 to 3/)
    t.match(text, /Made for Nora Lind, RN/)
    t.ok(family.length > 0)
  })

  await t.test('signs out', async (t) => {
    await tabTo(page, 'Sign out')
    await enter(page, /\/sign-in\?after=ended$/)
    await page.goto(at(`/referrals/${referredAt(0).id}`))
    t.match(page.url(), /\/sign-in\?next=/)
  })

  t.same(faults, [], 'no refusal of the policy, no request to elsewhere, no error of a script')
  t.comment(`${Math.round((performance.now() - begun) / 1_000)} s`)
  await context.close()

  await t.test('W4 the same acts without scripts', async (t) => withoutScripts(t, world, browser))
})

/** On the form of an act the patient stands below the heading. */
async function familyOnForm(page: Page): Promise<string> {
  const words = (await page.locator('h1 + p').first().textContent()) ?? ''
  return words.replace(/^For /, '').split(',')[0]?.trim() ?? ''
}

const decide = {
  async accept(page: Page) {
    await press(page, 'a', /\/accept\?tab=new$/)
    await tabTo(page, 'Accept, open the next')
    await enter(page, onward)
  },
  async decline(page: Page) {
    await press(page, 'd', /\/decline\?tab=new$/)
    await tabTo(page, /^Explanation/)
    await page.keyboard.type('Try Summit')
    await tabTo(page, 'No capacity in useful time')
    await enter(page, onward)
  },
  async ask(page: Page) {
    await press(page, 'i', /\/ask\?tab=new$/)
    await tabTo(page, /^What the referrer is asked for/)
    await page.keyboard.type('Which dose of oxycodone?')
    await tabTo(page, 'Ask for information, open the next')
    await enter(page, onward)
  },
}

/** W5: within ten seconds nothing has gone out. */
async function takeBack(t: Test, page: Page, family: string): Promise<void> {
  const next = page.url()
  const notice = page.locator('form.held', { hasText: family })
  t.match(await notice.textContent(), /It goes out at \d\d:\d\d:\d\d\./)
  await notice.locator('button').focus()
  await enter(page, /done=undone$/)
  t.match(await page.locator('main').textContent(), /Taken back\. Nothing was sent/)
  await page.goto(next)
}

/** The practice says what it was asked, in a browser of its own. */
async function answer(t: Test, world: World, browser: TestBrowser, asked: Referred): Promise<void> {
  const { page, context, faults } = await browser.open()
  await page.goto(`${world.baseUrl}/practice/${asked.id}/answer`)
  await page.getByRole('button', { name: /Dr Kim Example/ }).click()
  await page.getByLabel('Which dose of oxycodone?').fill('20 mg twice a day')
  await page.getByRole('button', { name: 'Send the answers' }).click()
  await world.reaches(asked, 'received/awaiting-triage')
  t.same(faults, [])
  await context.close()
}

async function withoutScripts(t: Test, world: World, browser: TestBrowser): Promise<void> {
  const all = await arrived(world, ['Arden', 'Birch', 'Cedar'])
  const { page, context, faults } = await browser.open({ javaScript: false })
  const open = async (family: string) => {
    await page.goto(`${world.baseUrl}/referrals/${all.get(family)?.id}?tab=new`)
  }
  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const link = (name: string) => page.getByRole('link', { name, exact: true })
  await page.goto(`${world.baseUrl}/worklist`)
  await page.getByRole('button', { name: /Nora Lind/ }).click()
  await open('Arden')
  await button('Accept').click()
  t.match(await page.locator('main').textContent(), /Accepted\./)
  await link('Make an appointment').click()
  await page.getByLabel('Date and time').fill('2027-01-15T14:30')
  await button('Keep as draft').click()
  t.equal(await page.getByLabel('Date and time').inputValue(), '2027-01-15T14:30', 'found again')
  await button('Make an appointment').click()
  await button('Patient was seen').click()
  await link('Complete with outcome').click()
  await page.getByLabel('Outcome').fill('Better')
  await button('Complete with outcome').click()
  await world.reaches(all.get('Arden') as Referred, 'completed/completed')
  await open('Birch')
  await link('Ask for information').click()
  await page.getByLabel('What the referrer is asked for').fill('Since when?')
  await button('Ask for information').click()
  await world.reaches(all.get('Birch') as Referred, 'received/awaiting-information')
  await open('Cedar')
  await link('Decline').click()
  await button('We have this referral already').click()
  await page.goto(`${world.baseUrl}/worklist`)
  t.match(await page.locator('.held').textContent(), /Decline: Cedar, Robin\./)
  await button('Undo').click()
  t.match(await page.locator('main').textContent(), /Taken back/)
  await button('Sign out').click()
  t.match(page.url(), /\/sign-in\?after=ended/)
  t.same(faults, [])
  await context.close()
}
