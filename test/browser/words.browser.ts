/** Every word of every page comes from a table, so that another language lacks none. Needs no browser. */

import t from 'tap'
import { browserWorld } from '../helpers/browser-world.ts'
import { visitor } from '../helpers/pages.ts'
import { pseudo, speakPseudo, unspoken } from '../helpers/pseudo.ts'
import { shownPages } from './shown-pages.ts'

/** What may stand on a page in any language: names that it is about, and codes. */
const allowed: readonly RegExp[] = [
  /(?:Practice|Clinic) (?:lakeside-family|hilltop-internal|river-pain-clinic|summit-pain-center)/g,
  /Okonkwo, Adaeze|Lindqvist, Per|Example, (?:Kim|Robin)|America\/New York/g,
  // What somebody typed.
  /Not before the autumn\. Summit has room in May\./g,
  // Numbers of referrals.
  /[0-9a-f]{8}-[0-9a-f-]{27}/g,
  // What Intl puts into the language: dates, spans of time, names of time zones.
  /\d{1,2} [A-Z][a-z]{2} \d{4}(?:, \d\d:\d\d)?|\d+ (?:day|year|hr|min)s?|Eastern Time/g,
  // A day without its year, below a plot.
  /\d{1,2} [A-Z][a-z]{2}\b/g,
  // Units of measurement.
  /\d (?:mmHg|U\/L|IU\/L|mg\/dL)/g,
]

t.test('every word of every page comes from a table', async (t) => {
  speakPseudo()
  const scene = await browserWorld(t)
  for (const { name, path, who } of shownPages) {
    const browser = who ? await scene.enter(who) : visitor(scene.world.app.http)
    const wished = { 'accept-language': pseudo }
    const first = await browser.get(path(scene), wished)
    const { html } = first.location ? await browser.get(first.location, wished) : first
    t.match(html, /⟦/, `${name} is in the language that was asked for`)
    t.same(unspoken(html, allowed), [], name)
  }
})
