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
  const { language = 'en-US', forcedColors = false, withoutAssetScripts = false } = screen
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    javaScriptEnabled: javaScript,
    locale: language,
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
