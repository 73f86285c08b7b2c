/** The packet as a page that prints well. */

import { type Html, html } from '../../pages/html.ts'
import { factList, notice } from '../components.ts'
import type { View } from '../view.ts'
import type { Entry, Packet } from './content.ts'

/** @param path of the referral */
export function packetPage({ say }: View, packet: Packet, path: string): Html {
  return html`<p class="no-print"><a href="${path}">${say('referral.back')}</a> · <a href="${path}/packet.pdf">${say('packet.pdf')}</a></p>
<h1 dir="auto">${packet.patient}</h1>
<p class="quiet"><bdi>${packet.made}</bdi></p>
${packet.notices.map((words) => notice(words, 'wait'))}
${packet.sections.map(
  ({ title, facts = [], entries = [] }) => html`<h2>${title}</h2>
${facts.length > 0 && factList(facts)}
${entries.map(entryOf)}`,
)}`
}

const entryOf = ({ title, mark, lines }: Entry): Html =>
  html`<section class="criterion"><p><b dir="auto">${title}</b>${mark && html` <span class="quiet">${mark}</span>`}</p>
${lines.map((line) => html`<p class="value" dir="auto">${line}</p>`)}</section>`
