/** All records of one kind, or of one criterion: page by page, and counted. */

import { Problem } from '../../../domain/problem.ts'
import { type Html, html } from '../../pages/html.ts'
import type { View } from '../view.ts'
import { titleHtml, titleWords } from './criteria.ts'
import { evidenceItem, kindOf } from './evidence.ts'
import type { ReferralModel } from './model.ts'
import { nameOf } from './page.ts'

const pageSize = 100

export interface EvidenceQuery {
  readonly criterion?: string
  readonly type?: string
  /** Counted from 0. */
  readonly from?: string
}

/** @throws Problem not-found for a criterion or a type that is not there */
export function evidencePage(
  view: View,
  model: ReferralModel,
  { criterion, type, from = '0' }: EvidenceQuery,
): { readonly title: string; readonly body: Html } {
  const { say } = view
  const references = criterion
    ? model.check?.criteria.find(({ id }) => id === criterion)?.evidence
    : [...model.known.keys()].filter((reference) => reference.split('/')[0] === type)
  const start = /^\d{1,6}$/.test(from) ? Number(from) : 0
  const shown = references?.slice(start, start + pageSize) ?? []
  if (!references || shown.length === 0) throw new Problem('not-found')
  const name = criterion ? titleWords(view, model, criterion) : kindOf(view, type ?? '')
  const of = criterion ? `criterion=${criterion}` : `type=${type}`
  const path = `/referrals/${model.referral.id}`
  const link = (at: number, words: string) =>
    html`<a class="button second" href="${path}/evidence?${of}&from=${at}">${words}</a>`
  const last = start + shown.length
  return {
    title: `${name}: ${say('referral.evidenceTitle')}`,
    body: html`<p><a href="${path}">${say('referral.back')}</a></p>
<h1>${criterion ? titleHtml(view, model, criterion) : name}</h1><p dir="auto">${say('referral.forPatient', nameOf(view, model))}</p>
<p>${say('referral.evidenceOf', start + 1, last, references.length)}</p>
<ul class="evidence">${shown.map((each) => evidenceItem(view, model, each, criterion))}</ul>
<div class="actions">${start > 0 && link(Math.max(0, start - pageSize), say('referral.previous'))}
${last < references.length && link(last, say('referral.following'))}</div>`,
  }
}
