/** The documents go with the answers, in the same change of the referral. */

import type { Caller } from '../../../domain/access/caller.ts'
import { documentOf } from '../../../domain/answering/documents.ts'
import type { Referral } from '../../../domain/referral/referral.ts'
import type { SubmittedEntry } from '../../../domain/referral/submission.ts'
import type { PageDeps } from '../deps.ts'

interface Documents {
  /** To be added to what the practice supplies. */
  readonly additions: readonly SubmittedEntry[]
  /** Call it once they are in the referral. Missed, the next time finds them there and adds none twice. */
  sent(): Promise<void>
}

export async function documentsOf(
  { people }: Pick<PageDeps, 'people'>,
  caller: Caller,
  referral: Referral,
): Promise<Documents> {
  const files = await people.files.contents(caller, referral.id)
  return {
    additions: files.map((file, n) => ({
      fullUrl: undefined,
      resource: documentOf(referral, file),
      expression: `DocumentReference[${n}]`,
      ifNoneExist: undefined,
      put: undefined,
    })),
    sent: () =>
      people.files.dropFiles(
        referral.id,
        files.map(({ id }) => id),
      ),
  }
}
