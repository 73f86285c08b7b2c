/** A map that keeps the most recently used entries and forgets the others, so that memory stays bounded. */

export class Recent<Value> {
  readonly #entries = new Map<string, Value>()
  readonly #most: number

  /** @param most entries to keep */
  constructor(most: number) {
    this.#most = most
  }

  get(key: string): Value | undefined {
    const value = this.#entries.get(key)
    if (value !== undefined) this.set(key, value)
    return value
  }

  set(key: string, value: Value): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size <= this.#most) return
    const [oldest = key] = this.#entries.keys()
    this.#entries.delete(oldest)
  }
}
