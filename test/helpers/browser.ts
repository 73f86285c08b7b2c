/**
 * A real browser for tests: Chromium through playwright-core, headless, with nothing to reach but this
 * machine. REFERLOOP_TEST_CHROMIUM names one; else it is looked for where Debian and others put it.
 */

import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import type { Test } from 'tap'

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** Where a browser is; undefined when there is none. */
const browserPath = (): string | undefined =>
  [process.env.REFERLOOP_TEST_CHROMIUM ?? '', ...places].find((path) => path && existsSync(path))

/** For `t.test(title, { skip: withoutBrowser }, …)`: says why nothing was tried. */
export const withoutBrowser: string | false =
  browserPath() === undefined && 'no Chromium here: install it, or set REFERLOOP_TEST_CHROMIUM'

/** Quiet and to itself: nothing it does by itself leaves this machine. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--force-color-profile=srgb',
]

const axeSource = readFileSync(fileURLToPath(import.meta.resolve('axe-core')), 'utf8')

interface Screen {
  readonly width?: number
  readonly height?: number
  readonly dark?: boolean
  readonly javaScript?: boolean
  /** What the browser asks for; American English when not said. */
  readonly language?: string
  /** A phone: fingers, and its own idea of a viewport. */
  readonly touch?: boolean
  /** Windows in high contrast, and the like. */
  readonly forcedColors?: boolean
  /** Our scripts do not come, though a test can still ask the page. */
  readonly withoutAssetScripts?: boolean
}

export interface Window {
  readonly page: Page
  readonly context: BrowserContext
  /** What the policy refused, and every request to another host; empty when all is well. */
  readonly faults: readonly string[]
}

export interface TestBrowser {
  open(screen?: Screen): Promise<Window>
}

/** Starts a browser that ends with the test, its profile in a folder that is gone then. */
export async function startBrowser(t: Test): Promise<TestBrowser> {
  const profile = await mkdtemp(join(tmpdir(), 'referloop-browser-'))
  const browser: Browser = await chromium.launch({
    executablePath: browserPath() ?? '',
    headless: true,
    args: flags,
    env: { HOME: profile, PATH: process.env.PATH ?? '' },
  })
  t.teardown(async () => {
    await browser.close()
    await rm(profile, { recursive: true, force: true })
  })
  return { open: (screen) => openWindow(browser, screen) }
}

async function openWindow(browser: Browser, screen: Screen = {}): Promise<Window> {
  const { width = 1280, height = 900, dark = false, javaScript = true } = screen
  const {
    language = 'en-US',
    forcedColors = false,
    withoutAssetScripts = false,
    touch = false,
  } = screen
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    javaScriptEnabled: javaScript,
    locale: language,
    hasTouch: touch,
    isMobile: touch,
    forcedColors: forcedColors ? 'active' : 'none',
    timezoneId: 'America/New_York',
    reducedMotion: 'reduce',
  })
  if (withoutAssetScripts) await context.route('**/assets/*.js', (route) => route.abort())
  const faults: string[] = []
  await context.exposeBinding('referloopFault', (_source, fault: string) => void faults.push(fault))
  await context.addInitScript({
    content: `addEventListener('securitypolicyviolation', (event) =>
      referloopFault([event.violatedDirective, 'refused', event.blockedURI, event.sample].join(' ')))`,
  })
  context.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url())
    if (protocol !== 'data:' && hostname !== '127.0.0.1') faults.push(`asked ${request.url()}`)
  })
  context.on('console', (message) => {
    // What Chromium says of the policy where the page's own listener cannot hear it.
    if (message.type() === 'error' && /Content Security Policy/.test(message.text()))
      faults.push(message.text())
  })
  context.on('weberror', (error) => void faults.push(`script: ${error.error().message}`))
  return { page: await context.newPage(), context, faults }
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string
    readonly help: string
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
  }[]
}

/**
 * What axe has against the page as it stands, one line each: WCAG A and AA up to 2.2, best practice.
 * Through evaluate, since the page's policy lets no other script in; and so only where scripts run.
 */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  await page.evaluate(axeSource)
  const { violations } = (await page.evaluate(`axe.run(document, { runOnly: { type: 'tag', values: [
    'wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] } })`)) as AxeResult
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id} (${help}): ${html} ${failureSummary ?? ''}`),
  )
}

/** True when the page has to be scrolled sideways (WCAG 1.4.10). */
export const overflows = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')

/** Runs in the page and answers with one line for each fault. */
const asked = (page: Page, script: string): Promise<readonly string[]> =>
  page.evaluate(`(() => {
    const seen = (element) => element.checkVisibility({ visibilityProperty: true }) &&
      element.getClientRects().length > 0 && !element.closest('.hidden, dialog:not([open])')
    const name = (element) => (element.outerHTML.match(/^<[^>]*>/)?.[0] ?? '').slice(0, 120) + element.textContent.trim().slice(0, 40)
    const pressable = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')].filter(seen)
    ${script}
  })()`)

/**
 * What can be pressed and is smaller than 24 px with another beside it (WCAG 2.5.8). A link within a
 * sentence is excepted there, and so is here; a choice is as large as its label.
 */
export const smallTargets = (page: Page): Promise<readonly string[]> =>
  asked(
    page,
    `const inText = (element) => element.matches('a') && getComputedStyle(element).display === 'inline' &&
      [...element.parentElement.childNodes].some((node) => node.nodeType === 3 && node.data.trim().length > 1)
    const boxes = pressable.filter((element) => !element.matches('.skip') && !inText(element)).map((element) => {
      const own = element.getBoundingClientRect()
      const label = element.matches('[type=radio], [type=checkbox]') && element.labels?.[0]?.getBoundingClientRect()
      const top = label ? Math.min(own.top, label.top) : own.top
      const bottom = label ? Math.max(own.bottom, label.bottom) : own.bottom
      const left = own.left
      const right = label ? Math.max(own.right, label.right) : own.right
      return { element, top, bottom, left, right, x: (left + right) / 2, y: (top + bottom) / 2 }
    })
    const isSmall = (box) => box.bottom - box.top < 23.9 || box.right - box.left < 23.9
    const near = (a, b) => {
      const dx = Math.max(b.left - a.x, 0, a.x - b.right)
      const dy = Math.max(b.top - a.y, 0, a.y - b.bottom)
      return isSmall(b) ? Math.hypot(a.x - b.x, a.y - b.y) < 24 : Math.hypot(dx, dy) < 12
    }
    return boxes.filter((box) => isSmall(box) && boxes.some((other) =>
      other !== box && !other.element.contains(box.element) && !box.element.contains(other.element) && near(box, other)))
      .map(({ element, top, bottom, left, right }) =>
        Math.round(right - left) + ' by ' + Math.round(bottom - top) + ' px: ' + name(element))`,
  )

/**
 * What takes the focus and is then hidden by something that sticks (WCAG 2.4.11), or shows no sign of the
 * focus (2.4.7): forwards from the top and backwards from the end, as Tab and Shift+Tab go.
 */
export const hiddenFocus = (page: Page): Promise<readonly string[]> =>
  asked(
    page,
    `const faults = new Set()
    for (const element of [...pressable, ...[...pressable].reverse()]) {
      element.focus()
      if (document.activeElement !== element) { faults.add('takes no focus: ' + name(element)); continue }
      const { left, right, top, bottom } = element.getBoundingClientRect()
      const points = [[(left + right) / 2, (top + bottom) / 2], [left + 2, top + 2], [right - 2, bottom - 2], [left + 2, bottom - 2]]
      const isShown = points.some(([x, y]) => {
        const on = document.elementFromPoint(x, y)
        return on && (on === element || element.contains(on) || on.contains(element) && !on.matches('header, footer'))
      })
      if (!isShown) faults.add('is hidden: ' + name(element))
      if (element.tabIndex > 0) faults.add('has an order of its own: ' + name(element))
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element)
      if ((outlineStyle === 'none' || parseFloat(outlineWidth) < 2) && boxShadow === 'none')
        faults.add('shows no focus: ' + name(element))
    }
    return [...faults]`,
  )

/** Text that its own box cuts off. */
export const cutOff = (page: Page): Promise<readonly string[]> =>
  asked(
    page,
    `return [...document.querySelectorAll('body *')].filter(seen).filter((element) => {
      const { overflowX, overflowY } = getComputedStyle(element)
      const hides = (value) => value === 'hidden' || value === 'clip'
      return hides(overflowX) && element.scrollWidth > element.clientWidth + 1 ||
        hides(overflowY) && element.scrollHeight > element.clientHeight + 1
    }).map(name)`,
  )

/** Text at twice its size (WCAG 1.4.4), or set as wide as readers may set it (1.4.12). */
export const setText = (page: Page, how: 'large' | 'wide' | 'as it is'): Promise<void> =>
  page.evaluate(`(() => {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(${JSON.stringify(textSettings[how])})
    document.adoptedStyleSheets = [sheet]
  })()`)

const textSettings = {
  large: ':root { font-size: 200% }',
  wide: '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }',
  'as it is': '',
}
