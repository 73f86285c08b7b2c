/**
 * Documents that a practice adds to its answer. What they are is told by their bytes, not by their
 * name: https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern and its neighbours.
 */

import { createHash } from 'node:crypto'
import type { DocumentReference } from 'fhir/r4'
import type { Person, Viewer } from '../access/caller.ts'
import { personReference } from '../referral/clinic-word.ts'
import type { Referral } from '../referral/referral.ts'

/** Kept until the answer is sent, or somebody of the practice takes it out. */
export interface AnswerFile {
  readonly id: string
  readonly referralId: string
  /** As it is shown and sent; cleaned. */
  readonly name: string
  readonly type: DocumentType
  readonly size: number
  /** Instant. */
  readonly savedAt: string
  readonly savedBy: Person
}

export interface AnswerFileStore {
  /** Without their bytes, in the order in which they came. */
  files(viewer: Viewer, referralId: string): Promise<readonly AnswerFile[]>
  contents(
    viewer: Viewer,
    referralId: string,
  ): Promise<readonly (AnswerFile & { readonly bytes: Uint8Array })[]>
  /**
   * Keeps all or none; what is there already, byte for byte, is not kept twice.
   * @param referrerId whose referral it is
   * @returns false when there would be more than the limits let
   */
  keepFiles(
    files: readonly (AnswerFile & { readonly bytes: Uint8Array; readonly digest: string })[],
    referrerId: string,
    limits: { readonly count: number; readonly bytes: number },
  ): Promise<boolean>
  dropFiles(referralId: string, ids: readonly string[]): Promise<void>
}

/** What is taken, with the ending of its name. */
const endings = {
  'application/pdf': 'pdf',
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/tiff': 'tif',
  'text/plain': 'txt',
} as const

export type DocumentType = keyof typeof endings

export const documentTypes = Object.keys(endings) as readonly DocumentType[]

const otherNames: Readonly<Record<string, DocumentType>> = {
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
  'image/tif': 'image/tiff',
  'application/x-pdf': 'application/pdf',
}
const otherEndings: readonly string[] = ['jpeg', 'tiff', 'text', 'jpe']

/**
 * What a document is, when it is one that is taken, and what it was called.
 * @param declared media type that the browser gave it, as sent
 * @returns undefined for every other content, and where the bytes are not what is declared
 */
export function typeOfDocument(bytes: Uint8Array, declared: string): DocumentType | undefined {
  const found = sniffed(bytes)
  const [said = ''] = declared.toLowerCase().split(';')
  const type = otherNames[said.trim()] ?? said.trim()
  // A browser that does not know the ending says that it is bytes.
  const isSilent = type === '' || type === 'application/octet-stream'
  return isSilent || type === found ? found : undefined
}

const magic: readonly (readonly [DocumentType, readonly number[]])[] = [
  ['application/pdf', [0x25, 0x50, 0x44, 0x46, 0x2d]],
  ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/tiff', [0x49, 0x49, 0x2a, 0x00]],
  ['image/tiff', [0x4d, 0x4d, 0x00, 0x2a]],
]

function sniffed(bytes: Uint8Array): DocumentType | undefined {
  const found = magic.find(([, start]) => start.every((byte, i) => bytes[i] === byte))
  if (found) return found[0]
  return isText(bytes) ? 'text/plain' : undefined
}

/** UTF-8 without control characters but those that lay text out. */
function isText(bytes: Uint8Array): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    return text.trim() !== '' && !/[\u0000-\u0008\u000e-\u001f\u007f]/.test(text)
  } catch {
    return false
  }
}

const longestName = 100

/**
 * The name without a path, without what hides or turns letters round, and with the ending of what it is.
 * @param number which document it is, for one without a name
 */
export function cleanName(given: string, type: DocumentType, number: number): string {
  const last = given.toWellFormed().normalize('NFC').split(/[\\/]/).at(-1) ?? ''
  const name = last
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}<>:"|?*]/gu, '')
    .replaceAll(/\s+/g, ' ')
    .replace(/^[. ]+|[. ]+$/g, '')
  const ending = endings[type]
  const [, stem = name, end = ''] = /^(.*)\.([A-Za-z]{1,5})$/.exec(name) ?? []
  const isIts = end.toLowerCase() === ending || otherEndings.includes(end.toLowerCase())
  const bare = [...(isIts ? stem : name)].slice(0, longestName).join('').trim()
  return `${bare || `document-${number}`}.${ending}`
}

export const digestOfBytes = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex')

/** As it goes into the referral: the same file twice is the same resource twice, and is taken once. */
export const documentOf = (
  { patientId }: Pick<Referral, 'patientId'>,
  { name, type, size, savedAt, savedBy, bytes }: AnswerFile & { readonly bytes: Uint8Array },
): DocumentReference => ({
  resourceType: 'DocumentReference',
  status: 'current',
  docStatus: 'final',
  type: { text: 'Document added by the referring practice' },
  subject: { reference: `Patient/${patientId}` },
  date: savedAt,
  author: [personReference(savedBy)],
  description: name,
  content: [
    {
      attachment: {
        contentType: type,
        data: Buffer.from(bytes).toString('base64'),
        title: name,
        size,
        hash: createHash('sha1').update(bytes).digest('base64'),
        creation: savedAt,
      },
    },
  ],
})
