/**
 * A form with documents: https://www.rfc-editor.org/rfc/rfc7578
 *
 * Read as a stream, in memory, up to the limits; nothing is kept anywhere before all of it is here,
 * so one that breaks off leaves nothing behind.
 */

import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import {
  cleanName,
  type DocumentType,
  typeOfDocument,
} from '../../../domain/answering/documents.ts'
import { Problem } from '../../../domain/problem.ts'
import type { UploadLimits } from '../../limits.ts'
import { Form } from '../form.ts'

interface Uploaded {
  readonly name: string
  readonly type: DocumentType
  readonly bytes: Uint8Array
}

/** Why a document is not taken. */
type Fault = 'empty' | 'too-large' | 'wrong-type'

export interface Upload {
  readonly files: readonly Uploaded[]
  /** By the name as it is shown. */
  readonly faults: readonly (readonly [name: string, fault: Fault])[]
  /** True where there were more than are taken at once, or larger ones altogether. */
  readonly tooMany: boolean
}

declare module 'fastify' {
  interface FastifyRequest {
    upload: Upload | null
  }
}

/** What is too much is read on for so long, so that a browser comes to see why it is not taken. */
const readOn = 4
const mostFields = 20
const longestField = 1000

/** Lets the routes of this scope take such forms. The body is read once it is known who sends it. */
export async function acceptUploads(app: FastifyInstance, limits: UploadLimits): Promise<void> {
  await app.register(multipart, {
    throwFileSizeLimit: false,
    limits: {
      fileSize: limits.uploadFile,
      files: limits.uploadFiles,
      fields: mostFields,
      fieldSize: longestField,
      fieldNameSize: 100,
      headerPairs: 20,
    },
  })
  app.decorateRequest('upload', null)
  app.addHook('preValidation', async (request) => {
    if (!request.isMultipart()) return
    if (!request.signedIn) throw new Problem('not-signed-in')
    const { form, upload } = await readParts(request, limits)
    request.body = form
    request.upload = upload
  })
}

async function readParts(request: FastifyRequest, limits: UploadLimits) {
  const fields: [string, string][] = []
  const files: Uploaded[] = []
  const faults: [string, Fault][] = []
  let tooMany = false
  let total = 0
  try {
    for await (const part of request.parts()) {
      if (part.type === 'field') {
        fields.push([part.fieldname, String(part.value)])
        continue
      }
      const chunks: Buffer[] = []
      for await (const chunk of part.file as AsyncIterable<Buffer>) {
        total += chunk.length
        if (total > readOn * limits.uploadBytes) throw new Problem('too-large')
        if (total <= limits.uploadBytes) chunks.push(chunk)
        else tooMany = true
      }
      const bytes = Buffer.concat(chunks)
      const given = part.filename ?? ''
      // A field in which nothing was chosen.
      if (given === '' && bytes.length === 0) continue
      const type = typeOfDocument(bytes, part.mimetype)
      const fault = part.file.truncated
        ? 'too-large'
        : bytes.length === 0
          ? 'empty'
          : type === undefined
            ? 'wrong-type'
            : undefined
      const name = cleanName(given, type ?? 'text/plain', files.length + 1)
      if (fault || !type) faults.push([type ? name : shownName(given), fault ?? 'wrong-type'])
      else files.push({ name, type, bytes })
    }
  } catch (error) {
    if (error instanceof Problem) throw error
    // Whatever else is wrong with it, such as an end that is missing, is wrong with what was sent.
    if (!isCode(error, 'FST_FILES_LIMIT'))
      throw new Problem('bad-request', undefined, { cause: error })
    tooMany = true
  }
  return { form: new Form(fields), upload: { files, faults, tooMany } }
}

/** The name that somebody chose a file by, for the sentence that says why it is not taken. */
const shownName = (given: string): string => cleanName(given, 'text/plain', 1).replace(/\.txt$/, '')

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code
