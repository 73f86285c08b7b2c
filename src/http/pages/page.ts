/** The frame of every page of the documentation. */

import type { FastifyReply } from 'fastify'
import { type Html, html } from './html.ts'

/** A page may load our stylesheet and nothing else. */
const pagePolicy =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

interface Page {
  readonly title: string
  /** Links beside the text. */
  readonly aside?: Html | undefined
  readonly body: Html
}

/** Sends a page that may be kept for five minutes. */
export function sendPage(reply: FastifyReply, { title, aside, body }: Page): FastifyReply {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Referloop</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<a class="skip" href="#main">Skip to the text</a>
<header><a class="brand" href="/">Referloop</a>
<nav aria-label="Documentation"><a href="/docs">Reference</a> <a href="/docs/try/">Try it</a> <a href="/errors">Errors</a> <a href="/openapi.json">OpenAPI</a> <a href="/fhir/metadata?_pretty=true">CapabilityStatement</a></nav>
</header>
<div class="${aside ? 'columns' : 'single'}">
${aside ? html`<nav class="aside" aria-label="On this page">${aside}</nav>` : undefined}
<main id="main" tabindex="-1">
<h1>${title}</h1>
${body}
</main>
</div>
</body>
</html>
`
  return reply
    .headers({ 'content-security-policy': pagePolicy, 'cache-control': 'public, max-age=300' })
    .type('text/html; charset=utf-8')
    .send(page.text)
}

/** Colours keep a contrast of 4.5 or more on their grounds, in both schemes. */
export const stylesheet = `
:root {
  color-scheme: light dark;
  --ground: #ffffff; --raised: #f4f6f8; --line: #d5dbe1; --text: #1c2733; --quiet: #4f5d6b;
  --link: #0b57a4; --get: #0b6b3a; --write: #8a4b00; --remove: #a3202b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12181f; --raised: #1b232c; --line: #36424f; --text: #e6ebf0; --quiet: #a7b4c1;
    --link: #7fb8f5; --get: #6fd39b; --write: #f0b566; --remove: #ff9aa2;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; background: var(--ground); color: var(--text); font: 1rem/1.55 system-ui, sans-serif; }
a { color: var(--link); text-underline-offset: .15em; }
a:focus-visible, summary:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 2px; }
main:focus { outline: none; }
.skip { position: absolute; left: -999rem; padding: .5rem 1rem; background: var(--ground); }
.skip:focus { left: .5rem; top: .5rem; }
header { display: flex; flex-wrap: wrap; gap: .5rem 2rem; align-items: baseline; padding: 1rem 1.5rem; border-bottom: 1px solid var(--line); }
header nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; }
.brand { font-weight: 700; font-size: 1.15rem; color: var(--text); text-decoration: none; }
.single { max-width: 48rem; margin: 0 auto; padding: 1rem 1.5rem 4rem; }
.columns { display: grid; grid-template-columns: 17rem minmax(0, 1fr); max-width: 80rem; margin: 0 auto; }
.columns main { padding: 1rem 1.5rem 4rem; }
.aside { padding: 1.5rem 0 2rem 1.5rem; position: sticky; top: 0; align-self: start; max-height: 100vh; overflow-y: auto; font-size: .9rem; }
.aside h2 { font-size: .8rem; letter-spacing: .06em; text-transform: uppercase; color: var(--quiet); margin: 1rem 0 .25rem; border: 0; padding: 0; }
.aside ul { list-style: none; margin: 0; padding: 0; }
.aside a { display: block; padding: .2rem 0; text-decoration: none; }
.aside a:hover { text-decoration: underline; }
@media (max-width: 56rem) { .columns { display: block; } .aside { position: static; max-height: none; padding-right: 1.5rem; } }
h1 { font-size: 1.8rem; line-height: 1.2; margin: .75rem 0 1rem; }
h2 { font-size: 1.35rem; margin: 2.5rem 0 .5rem; padding-top: .75rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.1rem; margin: 2rem 0 .25rem; }
h4 { font-size: .95rem; margin: 1rem 0 .25rem; }
code, pre { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .9em; }
code { overflow-wrap: anywhere; }
pre { background: var(--raised); border: 1px solid var(--line); border-radius: 6px; padding: .75rem 1rem; overflow-x: auto; line-height: 1.45; }
.route { display: block; background: var(--raised); border: 1px solid var(--line); border-radius: 6px; padding: .5rem .75rem; margin: .5rem 0; }
.method { font-weight: 700; margin-right: .5rem; }
.get { color: var(--get); } .post, .put, .patch { color: var(--write); } .delete { color: var(--remove); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--quiet); font-weight: 600; white-space: nowrap; }
td p { margin: 0 0 .35rem; }
details { border: 1px solid var(--line); border-radius: 6px; padding: .4rem .75rem; margin: .5rem 0; }
summary { cursor: pointer; }
.quiet { color: var(--quiet); }
`
