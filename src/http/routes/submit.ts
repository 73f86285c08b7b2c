/** A referral comes in: https://hl7.org/fhir/R4/http.html#transaction and #create */

import type { Task } from 'fhir/r4'
import type { EntryText } from '../../domain/fhir/bundle.ts'
import { parseFhirJson } from '../../domain/fhir/json.ts'
import { Problem } from '../../domain/problem.ts'
import { readBody } from '../../domain/referral/intake.ts'
import type { StoredResource } from '../../domain/referral/ports.ts'
import type { Referral } from '../../domain/referral/referral.ts'
import { readSubmission, type Submission } from '../../domain/referral/submission.ts'
import { type SubmitResult, submitReferral } from '../../domain/referral/submit.ts'
import type { Place } from '../../domain/referral/supplied.ts'
import { supplyInformation } from '../../domain/referral/supply-information.ts'
import { isCheckResult } from '../../domain/referral/task.ts'
import { labelledBundle } from '../../domain/sensitivity/labelled-bundle.ts'
import type { WriteRoute } from '../deps.ts'
import { etagOf, sendFhir, sendResource, versionPath } from '../reply.ts'
import { ifNoneExist, originOf, requireScope, versionOfETag } from '../request.ts'
import { createRequestSchema, transactionSchema } from '../write-schemas.ts'

export const submitRoutes: WriteRoute = (app, deps) => {
  const fhirBase = `${deps.baseUrl}/fhir`

  app.post(
    '/',
    {
      config: { fhir: { types: 'system', interaction: 'transaction' } },
      schema: transactionSchema,
    },
    async (request, reply) => {
      const caller = requireScope(request, 'ServiceRequest', 'create')
      const submission = readSubmission(readBody(deps.intake, request.body))
      const put = submission.entries.filter((entry) => entry.put)
      if (put.length > 1) throw new Problem('many-referrals')
      if (put[0]) {
        requireScope(request, 'ServiceRequest', 'update')
        const { referral, places } = await supplyInformation(
          deps.intake,
          put[0].put?.id as string,
          {
            request: { entry: put[0], version: versionOfETag(put[0].put?.ifMatch) },
            additions: submission.entries.filter((entry) => !entry.put),
          },
          caller,
          originOf(request),
        )
        const placeOf = new Map(places.map((place) => [place.entry, place]))
        const inOrder = submission.entries.flatMap((entry) => placeOf.get(entry) ?? [])
        return sendFhir(reply, await answerFromStore(referral, inOrder))
      }
      const result = await submitReferral(deps.intake, submission, caller, originOf(request))
      return sendFhir(
        reply,
        result.outcome === 'created'
          ? answerFromResult(result)
          : await answerFromStore(
              result.referral,
              result.referral.submitted.map((reference) => ({ reference, created: false })),
            ),
      )
    },
  )

  app.post(
    '/ServiceRequest',
    {
      config: { fhir: { types: ['ServiceRequest'], interaction: 'create' } },
      schema: createRequestSchema,
    },
    async (request, reply) => {
      const condition = ifNoneExist(request)
      const caller = requireScope(
        request,
        'ServiceRequest',
        condition === undefined ? 'create' : 'conditional-create',
      )
      const submission = singleSubmission(readBody(deps.intake, request.body), condition)
      const { outcome, referral } = await submitReferral(
        deps.intake,
        submission,
        caller,
        originOf(request),
      )
      const [stored] = await deps.resources.readMany(caller, [`ServiceRequest/${referral.id}`])
      return sendResource(reply, stored as StoredResource, {
        status: outcome === 'created' ? 201 : 200,
        fhirBase,
      })
    },
  )

  function answerFromResult({ referral, written, versions }: SubmitResult): string {
    const find = (type: string) => written.find((each) => each.type === type) as StoredResource
    const task = written.find(({ id }) => id === referral.taskId) as StoredResource
    return transactionResponse([
      ...referral.submitted.map((reference, i): EntryText => {
        const version = versions[i] ?? 1
        const mine = written.find((each) => `${each.type}/${each.id}` === reference)
        return {
          response: {
            status: version === 1 && mine ? '201 Created' : '200 OK',
            location: `${fhirBase}/${reference}/_history/${version}`,
            etag: etagOf(version),
            ...(mine ? { lastModified: mine.lastUpdated } : {}),
          },
        }
      }),
      withContent(task),
      withContent(find('GuidanceResponse')),
    ])
  }

  /** What is here now, for a repeat and for a change. */
  async function answerFromStore(
    referral: Referral,
    places: readonly Pick<Place, 'reference' | 'created'>[],
  ): Promise<string> {
    const owner = { role: 'referrer', organization: referral.referrerId } as const
    const found = await deps.resources.readMany(owner, [
      ...places.map(({ reference }) => reference),
      `Task/${referral.taskId}`,
    ])
    const at = (reference: string) => {
      const stored = found.find(({ type, id }) => `${type}/${id}` === reference)
      if (!stored) throw new Error(`${reference} is missing from its referral`)
      return stored
    }
    const task = at(`Task/${referral.taskId}`)
    const output = (parseFhirJson(task.content) as Task).output?.find(isCheckResult)
    const guidance = await deps.resources.readMany(owner, [
      output?.valueReference?.reference as string,
    ])
    return transactionResponse([
      ...places.map(({ reference, created }) => ({
        response: responseOf(at(reference), created ? '201 Created' : '200 OK'),
      })),
      withContent(task, '200 OK'),
      withContent(guidance[0] as StoredResource, '200 OK'),
    ])
  }

  const responseOf = (stored: StoredResource, status: string) => ({
    status,
    location: `${fhirBase}/${versionPath(stored)}`,
    etag: etagOf(stored.version),
    lastModified: stored.lastUpdated,
  })

  const withContent = (stored: StoredResource, status = '201 Created'): EntryText => ({
    fullUrl: `${fhirBase}/${stored.type}/${stored.id}`,
    resource: stored.content,
    response: responseOf(stored, status),
  })
}

const transactionResponse = (entries: readonly EntryText[]): string =>
  labelledBundle({ type: 'transaction-response' }, entries)

function singleSubmission(
  resource: ReturnType<typeof readBody>,
  condition: string | undefined,
): Submission {
  if (resource.resourceType !== 'ServiceRequest')
    throw new Problem('bad-request', 'Send a ServiceRequest to this address.', {
      expression: [resource.resourceType],
    })
  return readSubmission(resource, condition)
}
