/** The frame of every page for people: header, main part, and what belongs to the session. */

import { type Html, html, type Part } from '../pages/html.ts'
import { type Asset, assetPath } from './assets.ts'
import { formTokenField } from './components.ts'
import { languageOf, spoken } from './messages/messages.ts'
import { homeOf } from './sign-in/next.ts'
import { type Theme, themes, type View } from './view.ts'

export interface Page {
  readonly title: string
  readonly body: Html
  /** Which link of the header it is under. */
  readonly section?: 'worklist' | 'drafts' | 'practice' | 'insight' | 'clinic' | 'clinics'
  /** `wide` for what is scanned, `text` for what is read. */
  readonly width?: 'wide' | 'text'
  /** A script that this page has besides the one of all. */
  readonly script?: Asset
}

/** The links of the header by whose page it is; their addresses are the sections' own. */
const sections = {
  clinic: [
    ['worklist', '/worklist', 'queue.title'],
    ['drafts', '/worklist/drafts', 'draft.title'],
    ['insight', '/insight', 'insight.title'],
    ['clinic', '/clinic', 'clinic.nav'],
  ],
  referrer: [
    ['practice', '/practice', 'practice.title'],
    ['insight', '/insight', 'insight.title'],
    ['clinics', '/clinics', 'clinic.nav.all'],
  ],
} as const

/** @returns the whole document */
export function layout(view: View, page: Page): Html {
  const { say, session, theme } = view
  return html`<!doctype html>
<html lang="${view.locale}"${theme !== 'auto' && html` data-theme="${theme}"`}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${page.title} · ${say('brand')}</title>
<link rel="stylesheet" href="${assetPath('app.css')}">
<script src="${assetPath('app.js')}" defer></script>
${page.script && html`<script src="${assetPath(page.script)}" type="module"></script>`}
</head>
<body${session && html` data-session data-shortcuts="${view.shortcuts ? 'on' : 'off'}"`}>
<a class="skip" href="#main">${say('page.skip')}</a>
${view.sandbox && html`<p class="sandbox" role="note">${say('page.sandbox')}</p>`}
<header class="top">
<a class="brand" href="${session ? homeOf(session) : '/sign-in'}">${say('brand')}</a>
${session && navigation(view, page)}
${session && who(view)}
</header>
<main id="main" tabindex="-1" class="${page.width ?? 'text'}">
${page.body}
</main>
<footer class="foot">${appearance(view)}</footer>
${session && idleWarning(view)}${session && view.shortcuts && keysHelp(view, page)}
</body>
</html>
`
}

const navigation = ({ say, session }: View, { section }: Page): Part => {
  // Whom a link let in has one referral, and no lists.
  const links = session && !session.through ? sections[session.role] : []
  return html`<nav aria-label="${say('page.main')}"><ul>${links.map(
    ([name, path, words]) =>
      html`<li><a href="${path}"${name === section && html` aria-current="page"`}>${say(words)}</a></li>`,
  )}</ul></nav>`
}

const who = (view: View): Html => html`<div class="who">
<span><b><bdi>${view.session?.person.name}</bdi></b> <bdi class="quiet">${view.organization}</bdi></span>
<form method="post" action="/sign-out">${formTokenField(view)}<button class="plain">${view.say('page.signOut')}</button></form>
</div>`

const themeWords: Readonly<Record<Theme, `page.theme.${Theme}`>> = {
  auto: 'page.theme.auto',
  light: 'page.theme.light',
  dark: 'page.theme.dark',
}

/** Works without a script: what is chosen is kept in a cookie that holds nothing else. */
const appearance = (view: View): Html => {
  const { say } = view
  return html`<form method="post" action="/preferences" class="appearance">${formTokenField(view)}
<input type="hidden" name="back" value="${view.path}">
<fieldset><legend>${say('page.appearance')}</legend>
${themes.map(
  (theme) =>
    html`<button class="plain" name="theme" value="${theme}"${theme === view.theme && html` aria-pressed="true"`}>${say(themeWords[theme])}</button>`,
)}
${view.session && html`<button class="plain" name="shortcuts" value="${view.shortcuts ? 'off' : 'on'}">${say(view.shortcuts ? 'page.keys.off' : 'page.keys.on')}</button>`}
</fieldset>${languages(view)}</form>`
}

/** Each under the name that it calls itself by, for who does not read the one that is shown. */
const languages = ({
  say,
  language,
}: View): Html => html`<fieldset><legend>${say('page.language')}</legend>
${spoken().map(
  (tag) =>
    html`<button class="plain" name="language" value="${tag}" lang="${tag}"${tag === language && html` aria-pressed="true"`}>${languageOf(tag).name}</button>`,
)}</fieldset>`

/** Shown by the script two minutes before the session ends (WCAG 2.2.1). */
const idleWarning = ({ say }: View): Html => html`<dialog id="idle" aria-labelledby="idle-words">
<p id="idle-words">${say('page.idle')}</p>
<form method="dialog"><button>${say('page.stay')}</button></form>
</dialog>`

/** Filled in by the script with the keys of the page. */
const keysHelp = (
  { say }: View,
  { section, width }: Page,
): Html => html`<dialog id="keys" aria-labelledby="keys-title">
<h2 id="keys-title">${say('page.keys')}</h2>
${section === 'worklist' && width === 'wide' && html`<p>${say('page.keys.rows')}</p><p>${say('queue.rowKeys')}</p>`}<ul data-keys></ul>
<form method="dialog"><button>${say('page.close')}</button></form>
</dialog>`
