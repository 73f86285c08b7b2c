/**
 * Files that came with a referral. A browser is never shown one: it saves it, under a type of a short
 * list, so that nothing that somebody sent runs in our origin (AL-08).
 */

import type { FastifyReply } from 'fastify'
import type { Attachment, Binary, FhirResource } from 'fhir/r4'
import { Problem } from '../../../domain/problem.ts'
import { type Html, html } from '../../pages/html.ts'
import { inEnglish, type View } from '../view.ts'
import type { ReferralModel } from './model.ts'
import { conceptWords } from './words.ts'

interface Attached {
  /** `DocumentReference/…` that it is in. */
  readonly reference: string
  /** Which of its attachments. */
  readonly index: number
  readonly attachment: Attachment
  readonly title: string | undefined
}

export function attachmentsOf({ known }: Pick<ReferralModel, 'known'>): readonly Attached[] {
  return [...known].flatMap(([reference, resource]) =>
    attachmentsIn(resource).map((attachment, index) => ({
      reference,
      index,
      attachment,
      title: attachment.title ?? describedAs(resource),
    })),
  )
}

const describedAs = (resource: FhirResource): string | undefined =>
  resource.resourceType === 'DocumentReference'
    ? (resource.description ?? conceptWords(resource.type))
    : undefined

function attachmentsIn(resource: FhirResource): readonly Attachment[] {
  switch (resource.resourceType) {
    case 'DocumentReference':
      return resource.content.flatMap(({ attachment }) => attachment ?? [])
    case 'DiagnosticReport':
      return resource.presentedForm ?? []
    case 'Media':
      return [resource.content]
    case 'Communication':
      return (resource.payload ?? []).flatMap(({ contentAttachment }) => contentAttachment ?? [])
    default:
      return []
  }
}

/** Types that a browser saves under their own name; whatever else is a stream of bytes. */
const savedAs: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/tiff': 'tif',
  'text/plain': 'txt',
}

interface Download {
  readonly type: string
  readonly name: string
  readonly bytes: Buffer
}

/**
 * @param index as the address has it
 * @throws Problem not-found when there is no such file, or it is kept elsewhere
 */
export function sendDownload(
  reply: FastifyReply,
  model: ReferralModel,
  reference: string,
  index: string,
): FastifyReply {
  if (!/^\d{1,4}$/.test(index)) throw new Problem('not-found')
  const file = downloadOf(model, reference, Number(index))
  return reply
    .headers({
      // Should a browser open it all the same, it is in no origin and may do nothing.
      'content-security-policy': "sandbox; default-src 'none'",
      'content-disposition': `attachment; filename="${file.name}"`,
      'x-content-type-options': 'nosniff',
    })
    .type(file.type)
    .send(file.bytes)
}

function downloadOf(model: ReferralModel, reference: string, index: number): Download {
  const resource = model.known.get(reference)
  const attachment = resource && attachmentsIn(resource)[index]
  const found = attachment && contentOf(model, attachment)
  if (!found) throw new Problem('not-found')
  const type = mediaType(found.contentType)
  const ending = savedAs[type]
  return {
    // Text as bytes would be guessed at; with its charset named it is not.
    type:
      ending === 'txt' ? 'text/plain; charset=utf-8' : ending ? type : 'application/octet-stream',
    // The sender's title could end in anything; the name is ours.
    name: `referral-${index + 1}.${ending ?? 'bin'}`,
    bytes: Buffer.from(found.data, 'base64'),
  }
}

const mediaType = (type: string | undefined): string =>
  (type ?? '').split(';')[0]?.trim().toLowerCase() ?? ''

/** In the attachment itself, or in a Binary of the same referral. */
function contentOf(
  { known }: Pick<ReferralModel, 'known'>,
  { data, url, contentType }: Attachment,
): { readonly data: string; readonly contentType: string | undefined } | undefined {
  if (data !== undefined) return { data, contentType }
  const reference = /(?:^|\/)(Binary\/[A-Za-z0-9.-]{1,64})$/.exec(url ?? '')?.[1]
  const binary = known.get(reference ?? '') as Binary | undefined
  return binary?.data === undefined
    ? undefined
    : { data: binary.data, contentType: contentType ?? binary.contentType }
}

/** @param base address of the referral's page */
export function attachmentList(
  view: View,
  model: ReferralModel,
  base = `/referrals/${model.referral.id}`,
): Html | undefined {
  const { say } = view
  const all = attachmentsOf(model)
  if (all.length === 0) return undefined
  return html`<h2 id="files">${say('referral.files')}</h2><ul>${all.map(
    ({ reference, index, attachment, title }) => {
      const words = title
        ? html`<span dir="auto"${inEnglish(view)}>${title}</span>`
        : html`<span>${say('referral.file')}</span>`
      const type = mediaType(attachment.contentType)
      const shown = noteOfText(model, attachment)
      if (!contentOf(model, attachment))
        return html`<li>${words} <span class="quiet">${attachment.url ? say('referral.fileElsewhere') : say('referral.fileEmpty')} ${attachment.url && html`<code>${attachment.url}</code>`}</span></li>`
      return html`<li>${words} <span class="quiet">${type ? html`<code>${type}</code>` : say('notKnown')}</span>
<a href="${base}/files/${reference}/${index}" download>${say('referral.save')}<span class="hidden"${inEnglish(view)}> ${title}</span></a>
${shown !== undefined && html`<pre dir="auto"${inEnglish(view)}>${shown}</pre>`}</li>`
    },
  )}</ul>`
}

const longestShown = 20_000

/** Plain text is read here, as text; nothing else is opened. */
export function noteOfText(model: ReferralModel, attachment: Attachment): string | undefined {
  const content = contentOf(model, attachment)
  if (!content || mediaType(content.contentType) !== 'text/plain') return undefined
  const text = Buffer.from(content.data, 'base64').toString('utf8')
  return text.length <= longestShown ? text : undefined
}
