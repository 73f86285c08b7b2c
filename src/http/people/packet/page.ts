/** The packet as a page that prints well. */

import { type Html, html } from '../../pages/html.ts'
import { factList, notice } from '../components.ts'
import { inEnglish, type View } from '../view.ts'
import type { Entry, Line, Packet } from './content.ts'

/** @param path of the referral */
export function packetPage(view: View, packet: Packet, path: string): Html {
  const { say } = view
  return html`<p class="no-print"><a href="${path}">${say('referral.back')}</a> · <a href="${path}/packet.pdf">${say('packet.pdf')}</a></p>
${packetBody(view, packet)}`
}

export const packetBody = (view: View, packet: Packet): Html =>
  html`<h1 dir="auto">${packet.heading}</h1>
<p class="quiet"><bdi>${packet.made}</bdi></p>
${packet.notices.map((words) => notice(words, 'wait'))}
${packet.sections.map(
  ({ title, facts = [], entries = [] }) => html`<h2>${title}</h2>
${facts.length > 0 && factList(view, facts)}
${entries.map((each) => entryOf(view, each))}`,
)}`

const entryOf = (view: View, { title, mark, lines }: Entry): Html =>
  html`<section class="criterion"><p>${words('b', view, title)}${mark && html` <span class="quiet">${mark}</span>`}</p>
${lines.map((line) => words('p', view, line))}</section>`

function words(tag: 'b' | 'p', view: View, line: Line): Html {
  const [text, lang] = typeof line === 'string' ? [line] : [line.sent, inEnglish(view)]
  return tag === 'b'
    ? html`<b dir="auto"${lang}>${text}</b>`
    : html`<p class="value" dir="auto"${lang}>${text}</p>`
}
