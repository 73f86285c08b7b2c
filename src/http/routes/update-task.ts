/** A clinic moves the Task: https://hl7.org/fhir/R4/http.html#update and #patch */

import type { Task } from 'fhir/r4'
import { applyPatch, type Operation } from 'rfc6902'
import { parseFhirJson } from '../../domain/fhir/json.ts'
import { Problem } from '../../domain/problem.ts'
import { moveTask } from '../../domain/referral/move-task.ts'
import { readFhirJson } from '../body.ts'
import type { WriteRoute } from '../deps.ts'
import { sendResource } from '../reply.ts'
import { agentOf, ifMatchVersion, requireScope } from '../request.ts'
import { patchTaskSchema, updateTaskSchema } from '../write-schemas.ts'

export const updateTaskRoutes: WriteRoute = (app, deps) => {
  const send = async (
    request: Parameters<typeof requireScope>[0],
    reply: Parameters<typeof sendResource>[0],
    id: string,
    compose: (before: Task) => unknown,
  ) => {
    const interaction = request.method === 'PATCH' ? 'patch' : 'update'
    const caller = requireScope(request, 'Task', interaction)
    const version = ifMatchVersion(request)
    await moveTask(deps.intake, id, compose, version, caller, agentOf(request))
    const stored = await deps.resources.read(caller, 'Task', id)
    if (!stored) throw new Problem('not-found')
    return sendResource(reply, stored, { status: 200, fhirBase: `${deps.baseUrl}/fhir` })
  }

  app.put<{ Params: { id: string } }>(
    '/Task/:id',
    {
      config: { fhir: { types: ['Task'], interaction: 'update' } },
      schema: updateTaskSchema,
    },
    async (request, reply) => send(request, reply, request.params.id, () => request.body),
  )

  app.register(async (patch) => {
    patch.addContentTypeParser('application/json-patch+json', { parseAs: 'buffer' }, readFhirJson)
    patch.patch<{ Params: { id: string } }>(
      '/Task/:id',
      {
        config: { fhir: { types: ['Task'], interaction: 'patch' } },
        schema: patchTaskSchema,
      },
      async (request, reply) => {
        const operations = readPatch(request.body)
        return send(request, reply, request.params.id, (before) => patched(before, operations))
      },
    )
  })
}

/** @throws Problem bad-request for anything that is not a JSON Patch, or that reaches for a prototype */
function readPatch(body: unknown): Operation[] {
  const isOperation = (each: unknown): boolean => {
    const { op, path, from } = (each ?? {}) as Record<string, unknown>
    return (
      ['add', 'remove', 'replace', 'move', 'copy', 'test'].includes(op as string) &&
      [path, from ?? ''].every((pointer) => typeof pointer === 'string' && !isPollution(pointer))
    )
  }
  if (!Array.isArray(body) || body.length === 0 || !body.every(isOperation))
    throw new Problem('bad-request', 'Send a JSON Patch: a list of operations (RFC 6902).')
  return body as Operation[]
}

const isPollution = (pointer: string): boolean =>
  /(^|\/)(__proto__|constructor|prototype)(\/|$)/.test(pointer)

/** @throws Problem conflict when an operation does not fit the Task that is there */
function patched(before: Task, operations: Operation[]): Task {
  const task = parseFhirJson(JSON.stringify(before)) as Task
  const errors = applyPatch(task, operations).filter((error) => error !== null)
  if (errors.length > 0)
    throw new Problem(
      'conflict',
      `The patch does not fit the Task as it is: ${errors.map(({ name }) => name).join(', ')}.`,
    )
  return task
}
