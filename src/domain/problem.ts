/**
 * Everything that can go wrong, one stable code each.
 *
 * The table joins three things that must never drift apart: our code (documented in
 * docs/errors.md), the HTTP status, and the FHIR issue type (http://hl7.org/fhir/valueset-issue-type).
 */

/** `[HTTP status, FHIR issue.code, one sentence that says how to mend it]` */
export const problems = {
  'not-json': [400, 'structure', 'Send the body as well-formed JSON in UTF-8.'],
  'json-limit': [400, 'too-costly', 'Make the body smaller: see the limits in docs/errors.md.'],
  'not-fhir': [400, 'structure', 'Send a FHIR R4 resource: the body needs a known resourceType.'],
  'invalid-resource': [400, 'invalid', 'Mend the elements that the issues name.'],
  'bad-parameter': [400, 'invalid', 'Correct the parameter that is named.'],
  'bad-request': [400, 'invalid', 'Correct the request.'],
  'missing-token': [401, 'login', 'Get an access token from /oauth/token and send it as Bearer.'],
  'invalid-token': [401, 'login', 'Get a new access token from /oauth/token.'],
  'not-signed-in': [401, 'login', 'Sign in at /sign-in, and repeat what you did.'],
  'sign-in-refused': [403, 'forbidden', 'Begin again at /sign-in, or from your EHR.'],
  'foreign-form': [403, 'security', 'Open the page again and send its form from there.'],
  forbidden: [403, 'forbidden', 'Ask for a scope that covers this interaction.'],
  'not-found': [404, 'not-found', 'Check the address; only your own referrals are visible.'],
  'method-not-allowed': [405, 'not-supported', 'Use a method that this address supports.'],
  'not-acceptable': [406, 'not-supported', 'Accept application/fhir+json or application/json.'],
  'referral-differs': [
    409,
    'duplicate',
    'This identifier names a referral with other content: send a new identifier, or PUT the change.',
  ],
  'referral-duplicate': [
    409,
    'duplicate',
    'Another referral of this patient for this service to this clinic is open: use that one, or name it in ServiceRequest.replaces.',
  ],
  'request-timeout': [408, 'timeout', 'Send the whole request within 30 seconds.'],
  conflict: [409, 'conflict', 'Read the resource again and repeat the change on what you find.'],
  gone: [410, 'deleted', 'The resource was deleted.'],
  'version-conflict': [412, 'conflict', 'Read the resource again and send its ETag in If-Match.'],
  'multiple-matches': [412, 'multiple-matches', 'Make the search criteria more selective.'],
  'prefetch-missing': [
    412,
    'incomplete',
    'Send the prefetch that /cds-services lists for this service; nothing is fetched from here.',
  ],
  'too-large': [413, 'too-long', 'Send at most 10 MiB.'],
  'uri-too-long': [
    414,
    'too-long',
    'Send a shorter address; a search can be sent by POST to _search.',
  ],
  'unsupported-media-type': [415, 'not-supported', 'Send application/fhir+json.'],
  'referral-invalid': [422, 'business-rule', 'Mend what the issues name and send it again.'],
  'unknown-clinic': [
    422,
    'not-found',
    'Name the clinic in ServiceRequest.performer by an identifier (NPI) that this service knows.',
  ],
  'no-referral': [
    422,
    'required',
    'Send exactly one active ServiceRequest whose performer is a clinic.',
  ],
  'many-referrals': [422, 'business-rule', 'Send one referral at a time.'],
  'unresolved-reference': [
    422,
    'not-found',
    'Include the resource that is referred to, or refer to one of your own that is here.',
  ],
  'referral-closed': [422, 'business-rule', 'The referral is closed; submit a new one.'],
  'nothing-to-answer': [
    422,
    'business-rule',
    'Make a link once the referral waits for its referrer.',
  ],
  'illegal-transition': [
    422,
    'business-rule',
    'Move the Task only as docs/referral-life.md allows.',
  ],
  'not-yours-to-change': [422, 'business-rule', 'Only the owner of this resource may change it.'],
  'hook-not-served': [
    422,
    'not-supported',
    'Call the service with a hook that /cds-services lists for it.',
  ],
  'patient-differs': [
    422,
    'business-rule',
    'Send orders for the patient of the context only: ServiceRequest.subject and context.patientId.',
  ],
  'not-supported': [422, 'not-supported', 'Use one of the interactions in /fhir/metadata.'],
  'subscription-refused': [
    422,
    'not-supported',
    'Ask only for what docs/subscriptions.md lists: topics, filters, channel and payload.',
  ],
  'endpoint-refused': [
    422,
    'security',
    'Give a public https address that can be reached on port 443 or 8443.',
  ],
  'policy-invalid': [422, 'invalid', 'Mend the policy at the places that are named.'],
  'precondition-required': [428, 'required', 'Send the ETag of the version you read in If-Match.'],
  'too-many-requests': [429, 'throttled', 'Wait as Retry-After says.'],
  'headers-too-large': [431, 'too-long', 'Send at most 16 KiB of headers.'],
  'internal-error': [500, 'exception', 'Quote the X-Request-Id to the operator.'],
  unavailable: [503, 'transient', 'Try again as Retry-After says.'],
} as const satisfies Record<string, readonly [number, string, string]>

export type ProblemCode = keyof typeof problems

/** One thing to mend, in the words of OperationOutcome.issue. Never holds patient data. */
export interface Issue {
  readonly severity: 'fatal' | 'error' | 'warning' | 'information'
  /** FHIR issue type. */
  readonly code: string
  /** A plain sentence that says what is wrong and how to mend it. */
  readonly diagnostics: string
  /** FHIRPath of each element concerned, e.g. `Bundle.entry[4].resource.intent`. */
  readonly expression?: readonly string[]
  /** Our stable code when it differs from the problem that carries the issue. */
  readonly problem?: ProblemCode
}

/** True for what refuses a resource; warnings and information do not. */
export const isError = ({ severity }: Issue): boolean =>
  severity === 'error' || severity === 'fatal'

/**
 * An expected failure. Thrown where it is known, turned into an OperationOutcome once, in
 * http/error-handler.ts.
 */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly status: number
  readonly issues: readonly Issue[]
  /** Seconds for Retry-After, where waiting helps. */
  readonly retryAfter: number | undefined
  /** `Type/id` of what is here and of use to the caller, who may read it. */
  readonly related: string | undefined

  /**
   * @param code which problem
   * @param detail a sentence that replaces the stock advice, or all the issues found
   */
  constructor(
    code: ProblemCode,
    detail?: string | readonly Issue[],
    options?: {
      cause?: unknown
      expression?: readonly string[]
      retryAfter?: number
      related?: string
    },
  ) {
    const [status, issueCode, advice] = problems[code]
    const issues: readonly Issue[] =
      typeof detail === 'object'
        ? detail
        : [
            {
              severity: status === 400 ? 'fatal' : 'error',
              code: issueCode,
              diagnostics: detail ?? advice,
              ...(options?.expression ? { expression: options.expression } : {}),
            },
          ]
    super(`${code}: ${issues[0]?.diagnostics ?? advice}`, { cause: options?.cause })
    this.code = code
    this.status = status
    this.issues = issues
    this.retryAfter = options?.retryAfter
    this.related = options?.related
  }
}
