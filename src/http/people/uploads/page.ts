/** The documents of an answer that is not sent yet. */

import type { AnswerFile } from '../../../domain/answering/documents.ts'
import type { Referral } from '../../../domain/referral/referral.ts'
import type { UploadLimits } from '../../limits.ts'
import { type Html, html } from '../../pages/html.ts'
import { errorSummary, formTokenField } from '../components.ts'
import { time } from '../times.ts'
import type { View } from '../view.ts'
import type { Upload } from './read-parts.ts'

export interface FilesPage {
  readonly referral: Referral
  readonly files: readonly AnswerFile[]
  readonly limits: UploadLimits
  /** What was sent and not taken. */
  readonly upload?: Upload
}

/** What a browser offers to choose from; what is chosen is looked at when it is here. */
const accepted = '.pdf,.png,.jpg,.jpeg,.tif,.tiff,.txt'

export function filesPage(view: View, { referral, files, limits, upload }: FilesPage): Html {
  const { say } = view
  const path = `/practice/${referral.id}`
  // They go with answers, and answers to what is asked.
  const isAsked = referral.information !== undefined
  const errors = upload ? faultsOf(view, upload, limits) : []
  return html`<p><a href="${path}/answer">${say('files.back')}</a></p>
${errorSummary(
  say('files.notTaken'),
  errors.map((words) => ['documents', words] as const),
)}
<h1>${say('files.title')}</h1>
<p>${say('files.intro')}</p>
${files.length === 0 ? html`<p>${say('files.none')}</p>` : fileList(view, path, files)}
${isAsked ? limits.uploadFile > 0 && addForm(view, path, limits, errors.length > 0) : html`<p>${say('files.notAsked')}</p>`}
${isAsked && html`<p><a class="button" href="${path}/answer">${say('files.toAnswer')}</a></p>`}`
}

const fileList = (view: View, path: string, files: readonly AnswerFile[]): Html =>
  html`<ul class="files">${files.map(
    ({ id, name, size, savedAt, savedBy }) =>
      html`<li><span><b dir="auto">${name}</b> <span class="facts">${sizeWords(view, size)} · <bdi>${savedBy.name}</bdi> · ${time(savedAt, view)}</span></span>
<form method="post" action="${path}/documents/${id}/remove" class="inline">${formTokenField(view)}<button class="second">${view.say('files.remove')}<span class="hidden"> ${name}</span></button></form></li>`,
  )}</ul>`

function addForm(view: View, path: string, limits: UploadLimits, isWrong: boolean): Html {
  const { say } = view
  const hint = say(
    'files.hint',
    sizeWords(view, limits.uploadFile),
    limits.uploadFiles,
    sizeWords(view, limits.uploadBytes),
  )
  return html`<form method="post" action="${path}/documents" enctype="multipart/form-data">${formTokenField(view)}
<div class="field${isWrong && ' wrong'}"><label for="documents">${say('files.choose')}</label>
<span class="hint" id="documents-hint">${hint}</span>
<input type="file" id="documents" name="documents" multiple accept="${accepted}" aria-describedby="documents-hint"${isWrong && html` aria-invalid="true"`} required></div>
<div class="actions"><button class="second">${say('files.add')}</button></div></form>`
}

function faultsOf(
  view: View,
  { files, faults, tooMany }: Upload,
  limits: UploadLimits,
): readonly string[] {
  const { say } = view
  if (tooMany)
    return [say('files.tooMany', limits.uploadFiles, sizeWords(view, limits.uploadBytes))]
  if (files.length + faults.length === 0) return [say('files.noneChosen')]
  return faults.map(([name, fault]) => {
    if (fault === 'too-large')
      return say('files.fault.too-large', name, sizeWords(view, limits.uploadFile))
    return say(`files.fault.${fault}`, name)
  })
}

/** `240 kB`, `5 MB`. */
function sizeWords({ locale }: View, bytes: number): string {
  const [value, unit] =
    bytes < 1024 ** 2
      ? [Math.max(1, Math.round(bytes / 1024)), 'kilobyte']
      : [Math.round((bytes / 1024 ** 2) * 10) / 10, 'megabyte']
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' }).format(value)
}
