/** What is mutated together, and which tests are asked to notice. */

/** Some code and the tests that stand nearest to it: every survivor costs a run of all of them. */
interface Part {
  /** Globs and files of the code that is changed. */
  readonly mutate: readonly string[]
  /** Test files: quick and near first, since the first that fails ends the trial of a mutant. */
  readonly tests: readonly string[]
  /** How the titles of tests begin that are left out: those that measure time, and take it. */
  readonly except?: readonly string[]
  /**
   * Code that remembers what it worked out for as long as the process lives: what one mutant left there
   * would break the tests of all that follow, so each has a process of its own.
   */
  readonly fresh?: boolean
}

export interface Area {
  /** Of two parts that name a file, the first has it. */
  readonly parts: readonly Part[]
  /** Per cent of the mutants that have to be noticed; the command fails below. */
  readonly floor: number
}

const screening = (name: string) => [`src/domain/screening/${name}.ts`]
const screeningTests = (...names: readonly string[]) =>
  names.map((name) => `test/domain/screening/${name}.test.ts`)

/** What every rule of the screening is held to, but for the properties: they take seconds each. */
const everyRule = screeningTests(
  'cases',
  'criteria/*',
  'screen',
  'corners*',
  'explanations',
  'second-reading*',
  'third-reading',
  'sources',
  'table',
  'packet',
  'wanted-form',
)

export const areas: Readonly<Record<string, Area>> = {
  boundary: {
    parts: [
      {
        mutate: ['src/domain/access/{scopes,resource-types}.ts'],
        tests: ['test/domain/access/scopes.test.ts'],
      },
      {
        mutate: ['src/domain/access/{rate-limit,recent}.ts'],
        tests: ['test/domain/access/recent.test.ts', 'test/domain/access/rate-limit.test.ts'],
      },
      {
        mutate: ['src/domain/access/{assertion,oauth-error}.ts', 'src/auth/verify-assertion.ts'],
        tests: [
          'test/domain/access/assertion.test.ts',
          'test/auth/refused-assertions.test.ts',
          'test/auth/verify-assertion.test.ts',
        ],
        except: ['BS-16 medians'],
      },
      {
        mutate: ['src/auth/{keys,make-assertion,sign-checkpoint}.ts'],
        tests: [
          'test/auth/keys.test.ts',
          'test/auth/sign-checkpoint.test.ts',
          'test/auth/tokens.test.ts',
        ],
      },
      {
        mutate: ['src/auth/{cache-seconds,client-keys}.ts'],
        tests: ['test/auth/cache-seconds.test.ts', 'test/auth/client-keys.test.ts'],
      },
      {
        mutate: ['src/auth/verify-cds-client.ts', 'src/domain/access/cds-assertion.ts'],
        tests: ['test/auth/verify-cds-client.test.ts'],
      },
      {
        mutate: ['src/auth/*.ts', 'src/domain/access/challenge.ts'],
        tests: [
          'test/auth/grant-token.test.ts',
          'test/auth/tokens.test.ts',
          'test/auth/verify-cds-client.test.ts',
        ],
      },
      {
        mutate: ['src/domain/access/*.ts'],
        tests: [
          'test/domain/access/npi.test.ts',
          'test/domain/access/public-key.test.ts',
          'test/domain/access/part2-setting.test.ts',
          'test/domain/access/registry-faults.test.ts',
          'test/domain/access/registry.test.ts',
        ],
      },
      {
        mutate: ['src/delivery/{outbound-address,retry-after}.ts'],
        tests: ['test/delivery/outbound-address.test.ts', 'test/delivery/retry-after.test.ts'],
      },
      {
        mutate: ['src/delivery/{egress,exchange,fetch-jwks}.ts'],
        tests: [
          'test/delivery/exchange.test.ts',
          'test/delivery/fetch-jwks.test.ts',
          'test/delivery/egress.test.ts',
        ],
      },
      {
        mutate: ['src/delivery/{backend-token,fhir-transport}.ts'],
        tests: [
          'test/delivery/token-source.test.ts',
          'test/delivery/fhir-transport.test.ts',
          'test/delivery/backend-token.test.ts',
          'test/delivery/ehr-client.test.ts',
          'test/delivery/ehr-failure.test.ts',
        ],
      },
      {
        mutate: ['src/http/routes/token.ts'],
        tests: ['test/http/routes/token-refusals.test.ts', 'test/http/routes/token.test.ts'],
      },
    ],
    floor: 90,
  },
  screening: {
    parts: [
      {
        mutate: screening('{load-policy,override-policy,policy,published}'),
        tests: screeningTests('wrong-policies', 'load-policy', 'own-criteria', 'published'),
      },
      {
        mutate: screening('fhirpath-vocabulary'),
        tests: screeningTests('fhirpath-syntax'),
        fresh: true,
      },
      {
        mutate: screening('{fhirpath-*,own-actions,own-criteria}'),
        tests: screeningTests('fhirpath-syntax', 'own-criteria', 'wrong-policies', 'load-policy'),
      },
      {
        mutate: screening('{form-canonical,prefilled,wanted-form}'),
        tests: [...screeningTests('wanted-form', 'own-criteria'), ...everyRule],
      },
      {
        mutate: screening(
          '{guidance-response,own-findings,result,rules,screen,screen-referral,setting,table}',
        ),
        tests: [...screeningTests('table', 'screen', 'own-criteria', 'published'), ...everyRule],
      },
      {
        mutate: screening('{evidence-queries,packet,scenarios,sources}'),
        tests: [
          ...screeningTests('evidence-queries', 'packet', 'scenarios', 'sources', 'own-criteria'),
          ...everyRule,
        ],
      },
      // An index remembers what codes mean: these tests make theirs anew.
      { mutate: screening('codes'), tests: screeningTests('codes') },
      {
        mutate: screening('quantities'),
        tests: screeningTests(
          'doses',
          'corners-findings',
          'criteria/{cardiovascular,liver}-disease',
          'second-reading-readings',
          'quantities',
        ),
        fresh: true,
      },
      {
        mutate: screening('{concepts,medicines,words}'),
        tests: [...screeningTests('concepts', 'medicines', 'codes', 'load-policy'), ...everyRule],
      },
      {
        mutate: screening(
          '{average-dose,dates,doses,medication-*,opioid-trials,criteria/failed-opioid-therapy}',
        ),
        tests: [
          ...screeningTests('dates', 'doses', 'criteria/failed-opioid-therapy'),
          ...everyRule,
        ],
      },
      {
        mutate: screening(
          '{trials,criteria/{failed-other-therapies,treatment-failure-or-surgery}}',
        ),
        tests: [
          ...screeningTests(
            'trials',
            'criteria/{failed-other-therapies,treatment-failure-or-surgery}',
          ),
          ...everyRule,
        ],
      },
      {
        mutate: screening('criteria/{ketamine-hypersensitivity,planned-surgery,pregnancy}'),
        tests: [
          ...screeningTests('criteria/{ketamine-hypersensitivity,planned-surgery,pregnancy}'),
          ...everyRule,
        ],
      },
      {
        mutate: screening('{blood-pressure,limits,criteria/{cardio,liver}*}'),
        tests: [...screeningTests('criteria/{liver,cardio}*'), ...everyRule],
      },
      {
        mutate: screening(
          '{opioid-use-disorder,results,scores,criteria/{glaucoma,psychosis,substance}*}',
        ),
        tests: [...screeningTests('criteria/{substance,psychosis,glaucoma}*'), ...everyRule],
      },
      {
        mutate: screening('**/*'),
        tests: [
          ...screeningTests('criteria/{qualifying-condition,chronicity,baseline-pain-score}'),
          ...everyRule,
        ],
      },
    ],
    floor: 90,
  },
}
