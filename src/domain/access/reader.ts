/** Reads configuration that is still `unknown`, collecting every problem with its JSON place. */

/** One thing to mend in the registry. */
export interface RegistryIssue {
  /** JSON place, e.g. `clinics[0].client.jwks.keys[1]`. */
  readonly place: string
  /** What is wrong there, without the value: it may be a secret. */
  readonly message: string
}

export type Members = Readonly<Record<string, unknown>>

export function isRecord(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An object at a place; what it lacks goes to the shared list of issues. */
export class Reader {
  readonly place: string
  readonly issues: RegistryIssue[]
  readonly #members: Members
  readonly #known: readonly string[]

  /** @param known the members that may be there: a misspelt `disabled` must not be passed over */
  constructor(value: unknown, place: string, known: readonly string[], issues: RegistryIssue[]) {
    this.place = place
    this.issues = issues
    this.#known = known
    this.#members = isRecord(value) ? value : {}
    if (!isRecord(value)) this.#fault(place, 'must be an object')
    for (const name of Object.keys(this.#members)) {
      if (!known.includes(name))
        this.fault(name, `is not known here; known are ${known.join(', ')}`)
    }
  }

  has(name: string): boolean {
    return this.#members[name] !== undefined
  }

  value(name: string): unknown {
    return this.#members[name]
  }

  fault(name: string, message: string): void {
    this.#fault(this.at(name), message)
  }

  at(name: string): string {
    const shown =
      this.#known.includes(name) || /^[A-Za-z][\w-]{0,40}$/.test(name) ? name : '(a member)'
    return this.place === '' ? shown : `${this.place}.${shown}`
  }

  /** A text that fits the pattern; a fault and '' otherwise. */
  text(name: string, pattern: RegExp, means: string): string {
    const value = this.#members[name]
    if (typeof value === 'string' && pattern.test(value)) return value
    this.fault(name, `must be ${means}`)
    return ''
  }

  flag(name: string): boolean {
    const value = this.#members[name]
    if (value !== undefined && typeof value !== 'boolean') this.fault(name, 'must be true or false')
    return value === true
  }

  /** A whole number, or the default where there is none. */
  whole(name: string, otherwise: number, least: number, most: number): number {
    const value = this.#members[name] ?? otherwise
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most)
      return value
    this.fault(name, `must be a whole number from ${least} to ${most}`)
    return otherwise
  }

  list(name: string): readonly unknown[] {
    const value = this.#members[name]
    if (Array.isArray(value)) return value
    this.fault(name, 'must be a list')
    return []
  }

  object(name: string, known: readonly string[]): Reader {
    return new Reader(this.#members[name], this.at(name), known, this.issues)
  }

  /**
   * An https address without credentials or fragment; plain http on loopback, for the sandbox.
   * Whether the address may be called is the egress rules' business.
   */
  url(name: string): string {
    const value = this.#members[name]
    // URL.parse would trim what we keep as written.
    const url = typeof value === 'string' && /^\S+$/.test(value) ? URL.parse(value) : null
    if (!url || typeof value !== 'string') {
      this.fault(name, 'must be an absolute URL')
      return ''
    }
    const plain = url.protocol === 'http:' && isLoopback(url.hostname)
    if (url.protocol !== 'https:' && !plain) this.fault(name, 'must start with https://')
    if (url.username || url.password) this.fault(name, 'must not hold a user name or password')
    if (url.hash) this.fault(name, 'must not have a fragment')
    return value
  }

  #fault(place: string, message: string): void {
    this.issues.push({ place: place || '(top)', message })
  }
}

function isLoopback(host: string): boolean {
  // A host whose last label is a number is an IPv4 address in its one canonical spelling, or the URL is none.
  const inBlock = host.startsWith('127.') && /\.\d+$/.test(host)
  return inBlock || host === 'localhost' || host === '[::1]'
}
