/**
 * Forms that ask for a part of a policy's screening form bear its canonical as the beginning of
 * their own, so that an answer tells by itself whose linkIds it uses.
 *
 * http://hl7.org/fhir/R4/references.html#canonical
 */

/** The canonical, without version, of a form made of a policy's form. */
export const wantedCanonical = (form: string, id: string): string => `${form}/wanted/${id}`

/** Does this canonical name the form, in any version, or one that was made of it? */
export function isFormOf(form: string, canonical: string | undefined): boolean {
  const named = canonical?.split('|')[0]
  return named === form || (named?.startsWith(wantedCanonical(form, '')) ?? false)
}
