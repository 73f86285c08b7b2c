/**
 * How people of an organisation sign in: through its EHR, by SMART App Launch.
 *
 * https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html; we are a confidential client with our
 * published keys.
 */

import type { Reader } from './reader.ts'

export interface SignInSetting {
  /** The FHIR base of the EHR, by which it names itself in a launch (`iss`); without a slash at the end. */
  readonly issuer: string
  /** Our client id there. */
  readonly clientId: string
  /** Authentication contexts that are good enough; none said: any. */
  readonly acr: readonly string[]
  /** Methods of authentication that have to have been used, all of them. */
  readonly amr: readonly string[]
}

/** Reads the member `signIn` of an organisation; what is wrong goes to the reader's issues. */
export function readSignIn(organization: Reader): { readonly signIn?: SignInSetting } {
  if (!organization.has('signIn')) return {}
  const reader = organization.object('signIn', ['issuer', 'clientId', 'acr', 'amr'])
  return {
    signIn: {
      issuer: reader.url('issuer').replace(/\/+$/, ''),
      clientId: reader.text('clientId', /^[\x21-\x7e]{1,256}$/, 'our client id at the EHR'),
      acr: readTexts(reader, 'acr'),
      amr: readTexts(reader, 'amr'),
    },
  }
}

function readTexts(reader: Reader, name: string): readonly string[] {
  if (!reader.has(name)) return []
  return reader.list(name).flatMap((item) => {
    if (typeof item === 'string' && item !== '') return [item]
    reader.fault(name, 'must be a list of texts')
    return []
  })
}
