/** What is mutated together, and which tests are asked to notice. */

export interface Area {
  /** Globs and files of the code that is changed. */
  readonly mutate: readonly string[]
  /** Test files: quick and near first, since the first that fails ends the trial of a mutant. */
  readonly tests: readonly string[]
  /** Per cent of the mutants that have to be noticed; the command fails below. */
  readonly floor: number
}

export const areas: Readonly<Record<string, Area>> = {
  boundary: {
    mutate: [
      'src/auth/*.ts',
      'src/domain/access/*.ts',
      'src/delivery/backend-token.ts',
      'src/delivery/egress.ts',
      'src/delivery/exchange.ts',
      'src/delivery/fetch-jwks.ts',
      'src/delivery/fhir-transport.ts',
      'src/delivery/outbound-address.ts',
      'src/delivery/retry-after.ts',
      'src/http/quota.ts',
      'src/http/routes/token.ts',
    ],
    tests: [
      'test/domain/access/*.test.ts',
      'test/auth/cache-seconds.test.ts',
      'test/auth/keys.test.ts',
      'test/delivery/outbound-address.test.ts',
      'test/delivery/retry-after.test.ts',
      'test/delivery/backend-token.test.ts',
      'test/auth/refused-assertions.test.ts',
      'test/auth/tokens.test.ts',
      'test/auth/verify-assertion.test.ts',
      'test/auth/client-keys.test.ts',
      'test/http/routes/token.test.ts',
      'test/delivery/ehr-client.test.ts',
      'test/delivery/ehr-failure.test.ts',
      'test/delivery/fetch-jwks.test.ts',
      'test/delivery/egress.test.ts',
      'test/delivery/ssrf.test.ts',
      'test/security/limits.test.ts',
    ],
    floor: 90,
  },
  screening: {
    mutate: ['src/domain/screening/**/*.ts', '!src/domain/screening/**/*.d.ts'],
    tests: [
      'test/domain/screening/dates.test.ts',
      'test/domain/screening/doses.test.ts',
      'test/domain/screening/codes.test.ts',
      'test/domain/screening/criteria/*.test.ts',
      'test/domain/screening/*.test.ts',
    ],
    floor: 0,
  },
}
