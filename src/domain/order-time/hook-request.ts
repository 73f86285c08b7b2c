/** The body with which a CDS client calls: https://cds-hooks.hl7.org/2.0/#calling-a-cds-service */

import { isRecord, type Members } from '../access/reader.ts'
import { type Issue, Problem } from '../problem.ts'

/** https://cds-hooks.hl7.org/hooks/order-select/ and https://cds-hooks.hl7.org/hooks/order-sign/ */
export const hooks = ['order-select', 'order-sign'] as const
export type Hook = (typeof hooks)[number]

/** An order that the call is about; not yet known to be FHIR. */
export interface SentOrder {
  readonly resource: Members
  /** Where it stands in the body. */
  readonly expression: string
}

export interface HookRequest {
  readonly hook: Hook
  /** Patient.id at the client. */
  readonly patientId: string
  /** The ServiceRequests to advise on: the selected ones, where the hook says which. */
  readonly orders: readonly SentOrder[]
  /** By key; the values are whatever was sent. */
  readonly prefetch: Members
}

/**
 * Reads what the call needs; members that are not known here, extensions, `fhirServer` and
 * `fhirAuthorization` are passed over.
 * @throws Problem bad-request with everything that is missing or malformed; hook-not-served
 */
export function readHookRequest(body: unknown): HookRequest {
  if (!isRecord(body)) throw new Problem('bad-request', 'Send the hook call as one JSON object.')
  const faults: Issue[] = []
  const fault = (expression: string, must: string): undefined => {
    faults.push({
      severity: 'error',
      code: 'required',
      diagnostics: `${expression} must be ${must}.`,
      expression: [expression],
    })
  }
  const text = (value: unknown, expression: string, pattern: RegExp, must: string): string => {
    if (typeof value !== 'string' || !pattern.test(value)) fault(expression, must)
    return String(value)
  }
  const hook = text(body.hook, 'hook', /./, 'the name of the hook')
  // Another hook has another context: what would be said of it here would mislead.
  if (faults.length === 0) requireServed(hook)
  text(body.hookInstance, 'hookInstance', /^\S{1,256}$/, 'the UUID of this call')
  const context = isRecord(body.context) ? body.context : {}
  if (context !== body.context) fault('context', 'an object')
  text(context.userId, 'context.userId', /./, 'a reference to the user')
  const patientId = text(
    context.patientId,
    'context.patientId',
    /^[A-Za-z0-9\-.]{1,64}$/,
    'the id of the patient',
  )
  const sent = ordersIn(context.draftOrders, fault)
  const selections = hook === 'order-select' ? selectionsIn(context.selections, fault) : undefined
  const prefetch = body.prefetch ?? {}
  if (!isRecord(prefetch)) fault('prefetch', 'an object')
  if (faults.length > 0) throw new Problem('bad-request', faults)
  return {
    hook: hook as Hook,
    patientId,
    orders: selections ? sent.filter(({ resource }) => isSelected(resource, selections)) : sent,
    prefetch: prefetch as Members,
  }
}

type Fault = (expression: string, must: string) => undefined

function requireServed(hook: string): void {
  if (!hooks.some((each) => each === hook))
    throw new Problem('hook-not-served', `This service is for the hooks ${hooks.join(' and ')}.`, {
      expression: ['hook'],
    })
}

function ordersIn(bundle: unknown, fault: Fault): readonly SentOrder[] {
  const place = 'context.draftOrders'
  if (!isRecord(bundle) || bundle.resourceType !== 'Bundle') {
    fault(place, 'a Bundle')
    return []
  }
  const { entry = [] } = bundle
  if (!Array.isArray(entry)) {
    fault(`${place}.entry`, 'a list')
    return []
  }
  return entry.flatMap((each: unknown, i): SentOrder[] => {
    const resource = isRecord(each) ? each.resource : undefined
    if (!isRecord(resource)) return fault(`${place}.entry[${i}].resource`, 'a resource') ?? []
    if (resource.resourceType !== 'ServiceRequest') return []
    return [{ resource, expression: `${place}.entry[${i}].resource` }]
  })
}

function selectionsIn(value: unknown, fault: Fault): ReadonlySet<string> {
  const list = Array.isArray(value) ? value : []
  if (list !== value || list.some((each) => typeof each !== 'string'))
    fault('context.selections', 'a list of references to draft orders')
  return new Set(list.map(String))
}

/** `ServiceRequest/1`, as in the examples of the hook, or the bare id, as in its table. */
const isSelected = ({ id }: Members, selections: ReadonlySet<string>): boolean =>
  selections.has(`ServiceRequest/${id}`) || selections.has(String(id))
