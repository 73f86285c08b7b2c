/** docs/subscriptions.md: from each requirement of the backport guide to the tests that bear its number. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { topicNames, topics } from '../src/domain/subscription/topics.ts'
import { backportRequirements } from './subscription-numbers.ts'

const root = join(import.meta.dirname, '..')
const number = /\bBP-(\d+)\b/g
/** A title is what test() is given: a text in quotes. */
const title = /(['"`])((?:(?!\1|\\).|\\.)*)\1/g
const ownFile = 'test/domain/subscription/subscription-map.test.ts'

interface SubscriptionMap {
  readonly markdown: string
  /** Requirements without a test, and numbers that are no requirement. */
  readonly faults: readonly string[]
}

/** Reads every test file. */
export function subscriptionMap(): SubscriptionMap {
  const found = titlesByNumber()
  const requirements: Readonly<Record<string, string>> = backportRequirements
  const unknown = [...found.keys()].filter((id) => !Object.hasOwn(requirements, id))
  const bare = Object.keys(requirements).filter((id) => !found.has(id))
  const rows = Object.entries(requirements).map(
    ([id, about]) => `| ${id} | ${about} | ${found.get(id)?.join('; ') ?? 'none'} |`,
  )
  return {
    markdown: page(rows),
    faults: [
      ...unknown.map(
        (id) => `BP-${id} stands in a title and not in scripts/subscription-numbers.ts`,
      ),
      ...bare.map((id) => `BP-${id} has no test`),
    ],
  }
}

/** `[title](file)` by number. */
function titlesByNumber(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .map((name) => `test/${name.replaceAll('\\', '/')}`)
    .filter((name) => name.endsWith('.ts') && name !== ownFile)
    .sort()
  for (const file of files)
    for (const [, , words = ''] of readFileSync(join(root, file), 'utf8').matchAll(title)) {
      const text = words.replace(/^(?:(?:[A-Z]+-\d+|OW\d+|F\d+ S\d),? ?)+:? ?/, '')
      for (const [, id = ''] of words.matchAll(number))
        found.set(id, [...(found.get(id) ?? []), `[${text}](../${file})`])
    }
  return found
}

const page = (rows: readonly string[]): string => `# Subscriptions

FHIR Subscriptions on R4, as the R5 backport 1.1 has them
(https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/). How to subscribe and receive is in
[integration.md](integration.md); why it is built so in
[decision 25](decisions/0025-telling-subscribers.md). \`npm run subscription-map\` writes this page from
src/domain/subscription/topics.ts, the tests and scripts/subscription-numbers.ts; a test fails when it is
out of date or a requirement has no test.

## Topics

${topicNames
  .map((name) => {
    const { url, title: about, filters } = topics[name]
    return `- \`${url}\`: ${about}. Focus: the Task. Filters, as \`Task?name=value\`: ${filters
      .map((one) => `\`${one}\``)
      .join(', ')}.`
  })
  .join('\n')}

A filter names no patient, so that none stands in a Subscription. Values between commas are
alternatives; parameters, and filters, all have to match.

## What is served, and what is refused

| element | served |
|---|---|
| \`criteria\` | one of the topics |
| \`channel.type\` | \`rest-hook\`, without an extension |
| \`channel.endpoint\` | https, a public address, port 443 or 8443 |
| \`channel.payload\` | \`application/fhir+json\` or \`application/json\`, FHIR 4.0 |
| payload content | \`empty\`, \`id-only\` or \`full-resource\` |
| \`channel.header\` | 16 at most, none that the message itself needs; never shown again |
| heartbeat period | 10 seconds or more |
| timeout | 1 to 60 seconds; 20 when not said |
| maxCount | events in one notification; 20 when not said, and at most |
| \`end\` | from then on it is off |

Anything else is refused with 422 and an issue for each fault. An organisation has 50 subscriptions at
most. Of the guide's options, websockets, e-mail, messaging and \`$resend\` are not served.

## Requirements

The ${rows.length} sentences of the guide that say SHALL or SHALL NOT to a server on R4, in our own words, by
their number in the requirement set hl7.fhir.uv.subscriptions 1.1.0.

| number | about | tests |
|---|---|---|
${rows.join('\n')}
`
