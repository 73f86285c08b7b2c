/** A request the sandbox EHR turns down; answered as an OperationOutcome. */
export class EhrError extends Error {
  override readonly name = 'EhrError'
  readonly status: number
  /** http://hl7.org/fhir/valueset-issue-type */
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

export const outcomeOf = (code: string, diagnostics: string) => ({
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'error', code, diagnostics }],
})
