/** The named points in the life of the service at which a run can be killed. */

/** HTTP exchanges of ours as a server. */
const arrivals = ['submission', 'information', 'revocation', 'log-in'] as const

/** Statements, by what they are for. */
const statements = [
  'intake look-up',
  'commit of submit',
  'commit of supply-information',
  'commit of revoke',
  'commit of deliver',
  'commit of update-at-clinic',
  'commit of status',
  'trail of disclose',
  'job taken',
  'job finished',
  'job failed',
  'watermark',
  'assertion spent',
  'audit sealed',
  'turn taken',
  'turn ended',
] as const

/** HTTP exchanges of ours as a client of a clinic's EHR, or of a subscriber. */
const requests = [
  'transaction',
  'search',
  'update',
  'poll',
  'history',
  'read',
  'notification',
] as const

export type Statement = (typeof statements)[number]
export type Arrival = (typeof arrivals)[number]
export type Outgoing = (typeof requests)[number]

export const failpoints: readonly string[] = [
  ...arrivals.flatMap((name) => [`${name} arrived`, `${name} answered`]),
  ...statements.flatMap((name) => [`before ${name}`, `after ${name}`]),
  ...requests.flatMap((name) => [
    `before ${name} is sent`,
    `${name} was sent`,
    `answer to ${name} begins`,
    `answer to ${name} ended`,
  ]),
]

const byAction = new Set<string>(statements.filter((name) => name.startsWith('commit of ')))

/** What a statement is for, as far as there is a point for it. */
export function statementOf(
  name: string | undefined,
  text: string,
  values: readonly unknown[],
): Statement | undefined {
  if (name?.startsWith('commit ')) return commitOf(values)
  if (name === 'audit')
    return actionsIn(values).includes('disclose') ? 'trail of disclose' : undefined
  if (name === 'intake-look-up') return 'intake look-up'
  if (name === 'advance-watermark') return 'watermark'
  if (name === 'spend') return 'assertion spent'
  if (name === 'take-turns') return 'turn taken'
  if (name !== undefined) return undefined
  if (text.includes('INSERT INTO referloop.audit_seal')) return 'audit sealed'
  if (text.startsWith('WITH ended AS (')) return 'turn ended'
  if (text.includes('SKIP LOCKED') && text.includes("state = 'active'")) return 'job taken'
  if (/SET completed_on = .*\s+state = 'completed'/.test(text)) return 'job finished'
  return text.includes('DELETE FROM pgboss.job') && text.includes("'retry'")
    ? 'job failed'
    : undefined
}

function commitOf(values: readonly unknown[]): Statement | undefined {
  const found = actionsIn(values).map((action) => `commit of ${action}`)
  return found.find((each) => byAction.has(each)) as Statement | undefined
}

/** The audit lines are one of the parameters, as JSON. */
function linesIn(values: readonly unknown[]): readonly { action: string; referralId?: string }[] {
  const lines = values.find(
    (value) => typeof value === 'string' && /^\[\{.*"action":/.test(value),
  ) as string | undefined
  return lines ? JSON.parse(lines) : []
}

const actionsIn = (values: readonly unknown[]): readonly string[] =>
  linesIn(values).map(({ action }) => action)

/** The referrals that a commit writes on the strength of a job. */
export const workedOn = (values: readonly unknown[]): readonly string[] =>
  linesIn(values).flatMap(({ action, referralId }) =>
    referralId && (action === 'deliver' || action === 'update-at-clinic') ? referralId : [],
  )

export function arrivalOf(method: string, url: string): Arrival | undefined {
  if (url === '/oauth/token') return 'log-in'
  if (method === 'POST' && /^\/fhir\/?$/.test(url)) return 'submission'
  if (method === 'POST' && url.includes('$add-information')) return 'information'
  return method === 'PUT' && url.includes('/ServiceRequest/') ? 'revocation' : undefined
}

export function outgoingOf(method: string, path: string): Outgoing | undefined {
  if (path.startsWith('/hook')) return 'notification'
  if (!path.startsWith('/fhir')) return undefined
  if (method === 'POST') return 'transaction'
  if (method === 'PUT') return 'update'
  if (path.includes('/_history')) return 'history'
  if (path.includes('_sort=')) return 'poll'
  return path.includes('?') ? 'search' : 'read'
}
