/** Operations on a referral: https://hl7.org/fhir/R4/operations.html */

import type { FastifyRequest, FastifySchema } from 'fastify'
import type { Bundle, FhirResource, Parameters, QuestionnaireResponse } from 'fhir/r4'
import { validationOutcome } from '../../domain/fhir/outcome.ts'
import { Problem } from '../../domain/problem.ts'
import { acknowledge, readAcknowledgement } from '../../domain/referral/acknowledge.ts'
import { checkReferral, readBody } from '../../domain/referral/intake.ts'
import type { StoredResource } from '../../domain/referral/ports.ts'
import { relativeReference } from '../../domain/referral/references.ts'
import type { Referral } from '../../domain/referral/referral.ts'
import { readSubmission, type SubmittedEntry } from '../../domain/referral/submission.ts'
import { supplyInformation } from '../../domain/referral/supply-information.ts'
import type { WriteRoute } from '../deps.ts'
import { sendFhir, sendResource } from '../reply.ts'
import { agentOf, auditEntry, callerOf, originOf, requireScope } from '../request.ts'
import {
  acknowledgeSchema,
  addInformationSchema,
  answerFormSchema,
  checkSchema,
  validateSchema,
} from '../write-schemas.ts'

/** $validate is FHIR's own; the others are published under schemas/. */
const definition = (name: string): string =>
  name === '$validate'
    ? 'http://hl7.org/fhir/OperationDefinition/Resource-validate'
    : `https://referloop.example/fhir/OperationDefinition/${name.slice(1)}`

const operation = (name: string, types: readonly string[] | 'system', schema: FastifySchema) => ({
  config: { fhir: { types, interaction: name, definition: definition(name) } },
  schema,
})

export const operationRoutes: WriteRoute = (app, deps) => {
  const fhirBase = `${deps.baseUrl}/fhir`

  app.post(
    '/ServiceRequest/$referral-check',
    operation('$referral-check', ['ServiceRequest'], checkSchema),
    async (request, reply) => {
      const caller = requireScope(request, 'ServiceRequest', '$referral-check')
      const submission = readSubmission(readBody(deps.intake, request.body))
      const guidance = await checkReferral(deps.intake, submission, caller)
      await deps.audit([
        auditEntry(request, { action: 'check', kind: 'E', outcome: 'success' }, deps.now()),
      ])
      return sendFhir(reply, guidance)
    },
  )

  app.post<{ Params: { id: string } }>(
    '/ServiceRequest/:id/$add-information',
    operation('$add-information', ['ServiceRequest'], addInformationSchema),
    async (request, reply) => {
      const caller = requireScope(request, 'ServiceRequest', '$add-information')
      const body = readBody(deps.intake, request.body)
      const { referral } = await supplyInformation(
        deps.intake,
        request.params.id,
        { additions: additionsOf(body) },
        caller,
        originOf(request),
      )
      return sendTask(request, referral, reply)
    },
  )

  app.post<{ Params: { id: string } }>(
    '/ServiceRequest/:id/$acknowledge',
    operation('$acknowledge', ['ServiceRequest'], acknowledgeSchema),
    async (request, reply) => {
      const caller = requireScope(request, 'ServiceRequest', '$acknowledge')
      const body = readBody(deps.intake, request.body)
      if (body.resourceType !== 'Parameters')
        throw new Problem('bad-request', 'Send Parameters with reason and practitioner.')
      const referral = await acknowledge(
        deps.intake,
        request.params.id,
        readAcknowledgement(body as Parameters),
        caller,
        agentOf(request),
      )
      return sendTask(request, referral, reply)
    },
  )

  app.post(
    '/QuestionnaireResponse',
    {
      config: { fhir: { types: ['QuestionnaireResponse'], interaction: 'create' } },
      schema: answerFormSchema,
    },
    async (request, reply) => {
      const caller = requireScope(request, 'QuestionnaireResponse', 'create')
      const body = readBody(deps.intake, request.body)
      if (body.resourceType !== 'QuestionnaireResponse')
        throw new Problem('bad-request', 'Send a QuestionnaireResponse to this address.')
      const { places } = await supplyInformation(
        deps.intake,
        referralOf(body),
        { additions: additionsOf(body) },
        caller,
        originOf(request),
      )
      const [place] = places
      const [stored] = await deps.resources.readMany(caller, [place?.reference as string])
      return sendResource(reply, stored as StoredResource, {
        status: place?.created ? 201 : 200,
        fhirBase,
      })
    },
  )

  for (const [url, types] of [
    ['/$validate', 'system'],
    ['/:type/$validate', ['Resource']],
  ] as const)
    app.post<{ Params: { type?: string }; Querystring: { profile?: string } }>(
      url,
      operation('$validate', types, validateSchema(types !== 'system')),
      async (request, reply) => {
        callerOf(request)
        const { resource, profile } = subjectOf(request.body, request.query.profile)
        const { type } = request.params
        if (type && (resource as { resourceType?: string } | null)?.resourceType !== type)
          throw new Problem('bad-request', `Send a ${type} to this address.`)
        const issues = deps.intake.validate(resource, profile)
        return sendFhir(reply, validationOutcome(issues))
      },
    )

  async function sendTask(
    request: FastifyRequest,
    referral: Referral,
    reply: Parameters_<typeof sendResource>[0],
  ) {
    const stored = await deps.resources.read(callerOf(request), 'Task', referral.taskId)
    if (!stored) throw new Problem('not-found')
    return sendResource(reply, stored, { status: 200, fhirBase })
  }
}

// The FHIR type Parameters hides TypeScript's own.
type Parameters_<F extends (...args: never[]) => unknown> = F extends (
  ...args: infer Arguments
) => unknown
  ? Arguments
  : never

/** A resource, or the resources of a Bundle of any type. */
function additionsOf(body: FhirResource): readonly SubmittedEntry[] {
  const entry = (resource: FhirResource, expression: string, fullUrl?: string): SubmittedEntry => ({
    fullUrl,
    resource,
    expression,
    ifNoneExist: undefined,
    put: undefined,
  })
  if (body.resourceType !== 'Bundle') return [entry(body, body.resourceType)]
  return ((body as Bundle<FhirResource>).entry ?? []).flatMap(({ resource, fullUrl }, i) =>
    resource ? [entry(resource, `Bundle.entry[${i}].resource`, fullUrl)] : [],
  )
}

/** @throws Problem referral-invalid when basedOn names no ServiceRequest here */
function referralOf(response: QuestionnaireResponse): string {
  const requests = (response.basedOn ?? []).flatMap(({ reference }) => {
    const relative = relativeReference(reference ?? '')
    return relative?.type === 'ServiceRequest' ? [relative.id] : []
  })
  const [id] = requests
  if (!id || requests.length > 1)
    throw new Problem(
      'referral-invalid',
      'Name the referral in basedOn, as one reference to its ServiceRequest.',
      { expression: ['QuestionnaireResponse.basedOn'] },
    )
  return id
}

/** $validate takes the resource itself, or Parameters that hold it, as far as they are any. */
function subjectOf(body: unknown, profile: string | undefined) {
  const { resourceType, parameter } = (body ?? {}) as Partial<Parameters>
  const parts = resourceType === 'Parameters' && Array.isArray(parameter) ? parameter : []
  const held = parts.find((part) => part?.name === 'resource')?.resource
  const named = held && parts.find((part) => part?.name === 'profile')
  const canonical: unknown = profile ?? named?.valueUri ?? named?.valueCanonical
  return {
    resource: held ?? body,
    profile: typeof canonical === 'string' ? canonical : undefined,
  }
}
