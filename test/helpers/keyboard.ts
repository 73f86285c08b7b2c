/** A page as who has no mouse uses it. */

import type { Page } from 'playwright-core'

/** What has the focus, as it is called. */
export const focused = (page: Page): Promise<string> =>
  page.evaluate(`(() => {
    const { activeElement: at } = document
    return (at.getAttribute('aria-label') ?? at.labels?.[0]?.textContent ?? at.textContent).trim()
  })()`)

/** From where the focus is on to what is called so. @throws Error when all of the page was gone through */
export async function tabTo(page: Page, called: string | RegExp): Promise<void> {
  const matches = (name: string) =>
    typeof called === 'string' ? name === called : called.test(name)
  const seen: string[] = []
  for (let presses = 0; presses < 150; presses++) {
    await page.keyboard.press('Tab')
    const name = await focused(page)
    if (matches(name)) return
    seen.push(name.slice(0, 40))
  }
  throw new Error(`nothing is called ${called}: ${seen.slice(0, 60).join(' | ')}`)
}

/** Presses what has the focus, and waits for the page that it leads to. */
export async function enter(page: Page, url: string | RegExp): Promise<void> {
  await Promise.all([page.waitForURL(url), page.keyboard.press('Enter')])
}

/** Presses a single key that leads to another page. */
export async function press(page: Page, key: string, url: string | RegExp): Promise<void> {
  await Promise.all([page.waitForURL(url), page.keyboard.press(key)])
}
