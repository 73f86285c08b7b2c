import t from 'tap'
import type { OAuthError } from '../../../src/domain/access/oauth-error.ts'
import { resourceTypes } from '../../../src/domain/access/resource-types.ts'
import {
  allows,
  grant,
  type Interaction,
  interactions,
  intersect,
  parseScopes,
  permits,
} from '../../../src/domain/access/scopes.ts'

const refused = { name: 'OAuthError', code: 'invalid_scope', status: 400 }

t.test('BS-31 scopes are read into v2 form, one for each type', async (t) => {
  const table: readonly (readonly [string, string])[] = [
    ['system/ServiceRequest.crus', 'system/ServiceRequest.crus'],
    ['system/Task.read', 'system/Task.rs'],
    ['system/Task.write', 'system/Task.cud'],
    ['system/Task.*', 'system/Task.cruds'],
    ['system/*.read', 'system/*.rs'],
    ['system/*.*', 'system/*.cruds'],
    ['system/Task.s system/Task.r', 'system/Task.rs'],
    ['system/Task.read system/Task.u', 'system/Task.rus'],
    ['system/Task.rs  system/Appointment.r ', 'system/Appointment.r system/Task.rs'],
    ['', ''],
  ]
  for (const [text, expected] of table) t.equal(parseScopes(text).join(' '), expected, text)
})

t.test('BS-31 a scope that is not understood refuses the request', async (t) => {
  const table = [
    'system/Task.dus',
    'system/Task.sr',
    'system/Task.rr',
    'system/Task.x',
    'system/Task.',
    'system/Task',
    'system/Task.reads',
    'system/Task.Read',
    'system/task.rs',
    'system/Tasks.rs',
    'system/Resource.rs',
    'system/DomainResource.rs',
    'system/constructor.rs',
    'system/__proto__.rs',
    'system/.rs',
    'system/**.rs',
    'system/Task.constructor',
    'system/Task.toString',
    'patient/Task.rs',
    'user/Task.rs',
    'System/Task.rs',
    'openid',
    'launch',
    'offline_access',
    '*',
    'system/Task.rs\n',
    'system/Task.rs\tsystem/Appointment.rs',
    'system/Task.rs,system/Appointment.rs',
    'system/Task.rs"',
  ]
  for (const text of table) {
    t.throws(() => parseScopes(text), refused, JSON.stringify(text))
    t.throws(
      () => parseScopes(`system/Task.rs ${text}`),
      refused,
      `${JSON.stringify(text)} in company`,
    )
  }
})

t.test(
  'BS-31 a granular scope is refused, never widened to the scope without its parameters',
  async (t) => {
    for (const text of ['system/Task.rs?status=requested', 'system/Task.rs?', 'system/*.rs?_id=1'])
      t.throws(() => parseScopes(text), { ...refused, message: /search parameters/ }, text)
  },
)

t.test('BS-31 a scope of 4 KiB is read, one byte more is refused', async (t) => {
  const scope = 'system/Task.rs'
  t.same(parseScopes(scope.padEnd(4096, ' ')), [scope])
  t.throws(() => parseScopes(scope.padEnd(4097, ' ')), refused)
  t.throws(() => parseScopes('é'.repeat(2049)), { ...refused, message: /4 KiB/ })
})

t.test('BS-31 the refusal tells the developer which scope is wrong, and how', async (t) => {
  const long = `system/${'x'.repeat(73)}`
  const table: readonly (readonly [string, string])[] = [
    ['openid', "The scope 'openid' is not of the form system/Type.cruds."],
    ['Xsystem/Task.rs', "The scope 'Xsystem/Task.rs' is not of the form system/Type.cruds."],
    ['system/Task.rs/x', "The scope 'system/Task.rs/x' is not of the form system/Type.cruds."],
    ['system/.rs', "The scope 'system/.rs' is not of the form system/Type.cruds."],
    [long, `The scope '${long}' is not of the form system/Type.cruds.`],
    [`${long}x`, 'The scope is not of the form system/Type.cruds.'],
    ['"', 'The scope is not of the form system/Type.cruds.'],
    ['x"', 'The scope is not of the form system/Type.cruds.'],
    ['"x', 'The scope is not of the form system/Type.cruds.'],
    [
      'system/Tasks.rs',
      "The scope 'system/Tasks.rs' names a resource type that FHIR R4 does not have.",
    ],
    [
      'system/Task.sr',
      "The scope 'system/Task.sr' needs letters out of cruds, each once and in that order.",
    ],
    [
      'system/Task.rs?a=b',
      "The scope 'system/Task.rs?a=b' has search parameters, which are not supported.",
    ],
  ]
  for (const [text, message] of table)
    t.throws(() => parseScopes(text), { ...refused, message }, text)
  t.throws(() => grant('system/Task.u', ['system/Task.rs']), {
    ...refused,
    message: 'This client is not registered for any of the scopes.',
  })
})

t.test('BS-31 the refusal quotes only what an error_description may hold', async (t) => {
  for (const text of ['system/"x".rs', 'system/ü.rs', `x${'y'.repeat(100)}`, 'a\u0000b']) {
    try {
      parseScopes(text)
      t.fail('must be refused')
    } catch (error) {
      t.match((error as OAuthError).message, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
      t.notOk((error as OAuthError).message.includes(text))
    }
  }
})

t.test('BS-31 granted is what is requested and registered, letter by letter', async (t) => {
  const table: readonly (readonly [string, string, string])[] = [
    [
      'system/ServiceRequest.crus',
      'system/ServiceRequest.crus system/Task.rs',
      'system/ServiceRequest.crus',
    ],
    ['system/*.cruds', 'system/ServiceRequest.crus', 'system/ServiceRequest.crus'],
    ['system/ServiceRequest.cruds', 'system/*.rs', 'system/ServiceRequest.rs'],
    ['system/*.cruds', 'system/*.rs', 'system/*.rs'],
    ['system/*.r system/Task.u', 'system/*.s system/Task.ru', 'system/Task.ru'],
    ['system/*.rs system/Task.u', 'system/*.rs', 'system/*.rs'],
    ['system/*.rs system/Task.u', 'system/*.r system/Task.us', 'system/*.r system/Task.rus'],
    ['system/Task.rus system/Patient.r', 'system/Task.rs', 'system/Task.rs'],
    ['system/Task.read', 'system/Task.rus', 'system/Task.rs'],
  ]
  for (const [requested, allowed, expected] of table)
    t.equal(
      grant(requested, parseScopes(allowed)).join(' '),
      expected,
      `${requested} of ${allowed}`,
    )
})

t.test('BS-31 an empty intersection is invalid_scope', async (t) => {
  t.throws(() => grant('system/Patient.r', ['system/Task.rs']), refused)
  t.throws(() => grant('system/Task.u', ['system/Task.rs']), refused)
  t.throws(() => grant('', ['system/Task.rs']), refused)
  t.throws(() => grant('system/Task.rs', []), refused)
})

t.test('an intersection never holds what either side lacks', async (t) => {
  const sides = [
    'system/*.r',
    'system/*.cu',
    'system/Task.rs',
    'system/Task.u system/*.s',
    'system/Patient.d',
    '',
  ]
  for (const one of sides.map(parseScopes)) {
    for (const other of sides.map(parseScopes)) {
      const both = intersect(one, other)
      for (const type of ['Task', 'Patient', 'Basic', '*'])
        for (const letter of ['c', 'r', 'u', 'd', 's'] as const)
          t.equal(
            allows(both, type, letter),
            allows(one, type, letter) && allows(other, type, letter),
          )
    }
  }
})

t.test('a scope covers its own type and letters, and * covers all', async (t) => {
  t.ok(allows(['system/Task.rs'], 'Task', 'r'))
  t.notOk(allows(['system/Task.rs'], 'Task', 'u'))
  t.notOk(allows(['system/Task.rs'], 'ServiceRequest', 'r'))
  t.notOk(allows(['system/Task.rs'], '*', 'r'))
  t.ok(allows(['system/*.rs'], 'ServiceRequest', 's'))
  t.ok(allows(['system/*.rs'], '*', 's'))
  t.ok(allows(['system/*.r', 'system/Task.u'], 'Task', 'r'))
  t.notOk(allows([], 'Task', 'r'))
})

t.test('BS-32 each interaction needs its letters, all of them', async (t) => {
  const needs: Readonly<Record<Interaction, string>> = {
    create: 'c',
    'conditional-create': 'cs',
    read: 'r',
    vread: 'r',
    'history-instance': 'r',
    'history-type': 's',
    update: 'u',
    'conditional-update': 'us',
    patch: 'u',
    'conditional-patch': 'us',
    delete: 'd',
    'conditional-delete': 'ds',
    'search-type': 's',
    '$referral-check': 'c',
    '$add-information': 'u',
    $acknowledge: 'u',
    '$answer-link': 'u',
    $reconcile: 's',
    '$evaluate-measure': 's',
    $status: 'r',
    $events: 'r',
    $validate: '',
  }
  t.same(interactions, needs)
  for (const [interaction, letters] of Object.entries(needs) as [Interaction, string][]) {
    const scopes = letters === '' ? [] : [`system/Task.${letters}`]
    t.ok(permits(scopes, 'Task', interaction), interaction)
    for (const missing of letters) {
      const rest = [...'cruds'].filter((letter) => letter !== missing).join('')
      t.notOk(
        permits([`system/Task.${rest}`], 'Task', interaction),
        `${interaction} without ${missing}`,
      )
    }
  }
})

t.test('BS-31 .c alone cannot read back by search', async (t) => {
  t.notOk(permits(['system/ServiceRequest.c'], 'ServiceRequest', 'search-type'))
  t.notOk(permits(['system/ServiceRequest.c'], 'ServiceRequest', 'conditional-create'))
  t.notOk(permits(['system/ServiceRequest.c'], 'ServiceRequest', 'read'))
})

t.test('all resource types of R4 are known', async (t) => {
  t.equal(resourceTypes.size, 146)
  for (const type of [
    'ServiceRequest',
    'Task',
    'GuidanceResponse',
    'VisionPrescription',
    'Account',
  ])
    t.ok(resourceTypes.has(type))
})
