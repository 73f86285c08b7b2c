/**
 * What one validation may spend on FHIRPath, which is slow and cannot be stopped: some expressions
 * take time that grows with the square of their input.
 */
export class Budget {
  /** Set when a constraint was left out because of this. */
  isSpent = false
  private evaluations = 5_000
  private characters = 30_000_000
  private readonly copies = new Map<unknown, Copy>()

  /** A copy with ordinary numbers, which the library may mark as it likes. */
  copy(value: unknown): unknown {
    return this.copyOf(value).value
  }

  /** Takes one evaluation from what is left; false when there is not enough. */
  spend(focus: unknown): boolean {
    this.evaluations--
    this.characters -= this.copyOf(focus).length
    if (this.evaluations < 0 || this.characters < 0) this.isSpent = true
    return !this.isSpent
  }

  private copyOf(value: unknown): Copy {
    let copy = this.copies.get(value)
    if (copy === undefined) {
      const text = JSON.stringify(value)
      copy = { value: JSON.parse(text), length: text.length }
      this.copies.set(value, copy)
    }
    return copy
  }
}

interface Copy {
  readonly value: unknown
  readonly length: number
}
