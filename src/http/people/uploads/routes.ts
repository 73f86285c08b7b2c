/** Documents of an answer: added one by one or several at once, taken out again, sent with the answer. */

import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller, Person } from '../../../domain/access/caller.ts'
import { digestOfBytes } from '../../../domain/answering/documents.ts'
import { Problem } from '../../../domain/problem.ts'
import { findOrThrow } from '../../../domain/referral/change.ts'
import type { Referral } from '../../../domain/referral/referral.ts'
import { defaultLimits, type UploadLimits } from '../../limits.ts'
import { auditEntry } from '../../request.ts'
import type { PageDeps, PageRoutes } from '../deps.ts'
import { requirePerson, viewFor } from '../person.ts'
import { sendPage } from '../send.ts'
import { type FilesPage, filesPage } from './page.ts'
import { acceptUploads, type Upload } from './read-parts.ts'

interface Params {
  readonly id: string
}

export const uploadRoutes: PageRoutes = (app, deps) => {
  const limits = { ...defaultLimits, ...deps.limits }

  app.get<{ Params: Params }>('/practice/:id/documents', async (request, reply) => {
    const { referral, caller } = await openFor(deps, request)
    await deps.audit([
      auditEntry(
        request,
        {
          action: 'read',
          kind: 'R',
          outcome: 'success',
          entities: [`ServiceRequest/${referral.id}`],
          patientId: referral.patientId,
        },
        deps.now(),
      ),
    ])
    return sendFiles(deps, request, reply, { referral, caller, limits })
  })

  app.register(async (uploads) => {
    await acceptUploads(uploads, limits)
    uploads.post<{ Params: Params }>('/practice/:id/documents', async (request, reply) => {
      const { referral, caller } = await openFor(deps, request)
      if (!referral.information) throw new Problem('nothing-to-answer')
      const upload = request.upload ?? { files: [], faults: [], tooMany: false }
      const isFit = upload.files.length > 0 && upload.faults.length === 0 && !upload.tooMany
      const isKept = isFit && (await keep(deps, referral, caller.person, upload, limits))
      if (isKept) return reply.redirect(`/practice/${referral.id}/documents`, 303)
      const said = isFit ? { ...upload, tooMany: true } : upload
      return sendFiles(deps, request, reply, { referral, caller, limits, upload: said }, 422)
    })
  })

  app.post<{ Params: Params & { file: string } }>(
    '/practice/:id/documents/:file/remove',
    async (request, reply) => {
      const { referral } = await openFor(deps, request)
      await deps.people.files.dropFiles(referral.id, [request.params.file])
      return reply.redirect(`/practice/${referral.id}/documents`, 303)
    },
  )
}

async function openFor(deps: PageDeps, request: FastifyRequest<{ Params: Params }>) {
  const caller = requirePerson(request, 'referrer')
  const { person } = caller
  if (!person) throw new Problem('not-signed-in')
  const referral = await findOrThrow(deps.intake.referrals, request.params.id, caller)
  return { referral, caller: { ...caller, person } }
}

const keep = (
  deps: PageDeps,
  referral: Referral,
  savedBy: Person,
  { files }: Upload,
  { uploadFiles, uploadBytes }: UploadLimits,
): Promise<boolean> => {
  const savedAt = deps.now().toISOString()
  return deps.people.files.keepFiles(
    files.map(({ name, type, bytes }) => ({
      id: randomUUID(),
      referralId: referral.id,
      name,
      type,
      size: bytes.length,
      savedAt,
      savedBy,
      bytes,
      digest: digestOfBytes(bytes),
    })),
    referral.referrerId,
    { count: uploadFiles, bytes: uploadBytes },
  )
}

async function sendFiles(
  deps: PageDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  page: Omit<FilesPage, 'files'> & { readonly caller: Caller },
  status = 200,
): Promise<FastifyReply> {
  const view = viewFor(request, deps)
  const files = await deps.people.files.files(page.caller, page.referral.id)
  return sendPage(
    reply,
    view,
    {
      title: view.say('files.title'),
      section: 'practice',
      body: filesPage(view, { ...page, files }),
    },
    status,
  )
}
