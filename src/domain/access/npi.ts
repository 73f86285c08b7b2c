/** National Provider Identifier: ten digits, the last one a check digit. https://www.cms.gov/Regulations-and-Guidance/Administrative-Simplification/NationalProvIdentStand/Downloads/NPIcheckdigit.pdf */

/** FHIR identifier system of the NPI. */
export const npiSystem = 'http://hl7.org/fhir/sid/us-npi'

/** The Luhn sum that `80840`, the prefix of a US health card issuer, adds to every NPI. */
const prefixSum = 24

/** True for ten digits whose Luhn sum over `80840` and the NPI is a multiple of ten. */
export function isNpi(value: string): boolean {
  if (!/^[0-9]{10}$/.test(value)) return false
  const sum = [...value].reduce(
    (total, digit, place) => total + luhn(Number(digit), place),
    prefixSum,
  )
  return sum % 10 === 0
}

/** Counted from the check digit leftwards every second digit is doubled: in ten digits, the even places. */
function luhn(digit: number, place: number): number {
  if (place % 2 === 1) return digit
  return digit < 5 ? digit * 2 : digit * 2 - 9
}
