/** Where the walk stands and what it found. A path is written only for an issue. */
import type { Issue } from '../../problem.ts'

/** After so many issues nobody reads on, and a hostile body must not cost more. */
const mostIssues = 100

/** Ends the walk; `createValidator` catches it. */
export class TooManyIssues extends Error {}

// A Bundle may break one rule in each of its entries.
const mostPlaces = 10

const single = -1

export class Trail {
  readonly issues: Issue[] = []
  depth = 0
  private readonly root: string
  private readonly names: string[] = []
  private readonly indexes: number[] = []

  constructor(root: string) {
    this.root = root
  }

  /** Steps down to an element; `leave` steps up again. */
  enter(name: string, index: number = single): void {
    this.names[this.depth] = name
    this.indexes[this.depth] = index
    this.depth++
  }

  leave(): void {
    this.depth--
  }

  /** FHIRPath of where the walk stands. */
  path(): string {
    let path = this.root
    for (let at = 0; at < this.depth; at++) {
      const index = this.indexes[at] as number
      // An extension of a primitive is entered by the name of the primitive.
      path += index === single ? `.${this.names[at]}` : `.${this.names[at]}[${index}]`
    }
    return path
  }

  /**
   * Keeps an issue.
   *
   * @param code FHIR issue type
   * @param diagnostics a sentence that quotes nothing of the resource
   * @param below paths below where the walk stands that are to blame; they come first
   */
  report(
    code: string,
    diagnostics: string,
    below: readonly string[] = [],
    more: Partial<Issue> = {},
  ): void {
    if (this.issues.length >= mostIssues) throw new TooManyIssues()
    const here = this.path()
    const expression = [...below.slice(0, mostPlaces).map((path) => `${here}.${path}`), here]
    this.issues.push({ severity: 'error', code, diagnostics, expression, ...more })
  }

  /** Keeps an issue of an element below where the walk stands, and names that element only. */
  reportAt(element: string, code: string, diagnostics: string): void {
    this.enter(element)
    this.report(code, diagnostics)
    this.leave()
  }
}
