/** The validator that the service, the command line and the tests share: R4 and our profiles. */

import definitions from '../../../../schemas/r4/definitions.json' with { type: 'json' }
import referralRequest from '../../../../schemas/StructureDefinition-referral-servicerequest.json' with {
  type: 'json',
}
import referralTask from '../../../../schemas/StructureDefinition-referral-task.json' with {
  type: 'json',
}
import intents from '../../../../schemas/ValueSet-referral-request-intent.json' with {
  type: 'json',
}
import statuses from '../../../../schemas/ValueSet-referral-request-status.json' with {
  type: 'json',
}
import type { Definitions } from './definitions.ts'
import { createValidator, type Validator, type ValidatorOptions } from './validator.ts'

/** Makes the validator for everything that comes in. Make one and keep it: types are linked once. */
export function createReferralValidator(
  options: Pick<ValidatorOptions, 'onUnevaluated'> = {},
): Validator {
  return createValidator(definitions as Definitions, [referralRequest, referralTask], {
    valueSets: [statuses, intents],
    ...options,
  })
}
