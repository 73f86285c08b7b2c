/**
 * Loaded into the service before it starts: what a database or a bug would do on a bad day, at the
 * word of a canary. Whatever was being worked on is quoted in the errors, as drivers and parsers do.
 */

import { PGlite } from '@electric-sql/pglite'

function sabotage(given: readonly unknown[] = []): void {
  const values = JSON.stringify(
    given.map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString() : value)),
  )
  if (values.includes('sabotage-database'))
    throw Object.assign(new Error(`duplicate key value: Key (content)=(${values}) exists.`), {
      code: '23514',
      detail: `Failing row contains (${values}).`,
      parameters: given,
    })
  if (values.includes('sabotage-parser')) JSON.parse(`${values.slice(2)} is not JSON`)
  if (values.includes('sabotage-crash'))
    setTimeout(() => {
      throw new TypeError(`cannot read ${values}`, { cause: new Error(values) })
    }, 50)
}

const { query, transaction } = PGlite.prototype

PGlite.prototype.query = function sabotaged(this: PGlite, ...given: Parameters<typeof query>) {
  sabotage(given[1])
  return query.apply(this, given)
} as typeof query

PGlite.prototype.transaction = function sabotaged(
  this: PGlite,
  work: Parameters<typeof transaction>[0],
) {
  return transaction.call(this, (tx) =>
    work({
      ...tx,
      query: ((...given: Parameters<typeof query>) => {
        sabotage(given[1])
        return tx.query(...given)
      }) as typeof tx.query,
    }),
  )
} as typeof transaction
