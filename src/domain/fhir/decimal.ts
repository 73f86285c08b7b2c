/** Decimals that keep their text: https://hl7.org/fhir/R4/datatypes.html#decimal */
const { rawJSON } = JSON as typeof JSON & { rawJSON(text: string): unknown }

/**
 * A number whose text JavaScript would write in another way: 1.10, 0.50, 20 digits, 1e3.
 * Counts and compares as a number; `JSON.stringify` writes the text that was read.
 */
export class FhirDecimal extends Number {
  readonly source: string

  constructor(source: string) {
    super(source)
    this.source = source
  }

  toJSON(): unknown {
    return rawJSON(this.source)
  }
}

/** Says whether a parsed value is a number of either kind. */
export function isNumber(value: unknown): value is number | FhirDecimal {
  return typeof value === 'number' || value instanceof FhirDecimal
}
