/** Files of other systems, where the folder with them lies beside the repository. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '../../../shared/examples')

export interface Example {
  /** Below the folder. */
  readonly name: string
  readonly text: string
}

const missing = { skip: 'the folder with examples of other systems is not here' } as const

/** All but the whole record of a patient, which is no bad input. */
export function otherPeoplesExamples():
  | { readonly files: readonly Example[] }
  | { readonly skip: string } {
  const files = readAll()
  return files.length > 0
    ? { files: files.filter(({ text }) => text.length < wholeRecord) }
    : missing
}

/** The largest one: everything that an EHR has of one patient, as a transaction. */
export function wholeRecordExample(): Example | { readonly skip: string } {
  return readAll().find(({ text }) => text.length >= wholeRecord) ?? missing
}

const wholeRecord = 1_000_000

function readAll(): readonly Example[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json') && statSync(join(folder, name)).isFile())
    .sort()
    .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }))
}
