/**
 * A table of messages in another language: it has the keys of the English one, and takes the same
 * facts. A key that it lacks does not compile, and neither does one that English has not.
 */
export type Translation<Table> = {
  readonly [Key in keyof Table]: Table[Key] extends (...facts: infer Facts) => string
    ? (...facts: Facts) => string
    : string
}
