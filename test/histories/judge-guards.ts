/** What holds at every moment: the trail, the walls, the labels and the bounds. */

import type { Coding, FhirResource } from 'fhir/r4'
import { type Head, sealAfter } from '../../src/domain/audit/chain.ts'
import type { History, Judge } from './history.ts'
import { marksOf, parsed, sentCopiesOf, succeeded, versionsAt, versionsHere } from './views.ts'

/** INV-11: what was answered and what was disclosed is in the trail, and its chain is whole. */
export const auditComplete: Judge = (history) => {
  const { audit } = history.database
  const recorded = new Set(audit.flatMap(({ requestId }) => requestId ?? []))
  const disclosed = new Set(
    audit.flatMap(({ action, entities }) => (action === 'disclose' ? entities : [])),
  )
  return [
    ...history.calls.flatMap((call) =>
      call.act !== 'token' &&
      succeeded(call) &&
      call.answer?.requestId &&
      !recorded.has(call.answer.requestId)
        ? [`the ${call.act} of ${call.about} left no audit line`]
        : [],
    ),
    ...history.ehrs.flatMap(({ clinicId, versions }) =>
      versions.flatMap((version) =>
        version.version === 1
          ? marksOf(version).flatMap((id) =>
              disclosed.has(`${version.type}/${id}`)
                ? []
                : [`${version.type}/${id} went to ${clinicId} without an audit line`],
            )
          : [],
      ),
    ),
    ...chainOf(history),
  ]
}

function chainOf({ database: { trail } }: History): readonly string[] {
  const events = new Map(trail.events.map((event) => [event.id, event]))
  const heads = new Map<string, Head>()
  return trail.seals.flatMap(({ chain, position, eventId, hash }) => {
    const event = events.get(eventId)
    const seal = event && sealAfter(heads.get(chain), event)
    heads.set(chain, [position, hash])
    return seal?.hash === hash ? [] : [`seal ${position} of ${chain} does not fit its event`]
  })
}

/** INV-14: no byte of one tenant in what another, or the operator, gets to see. */
export const isolation: Judge = ({ setting, calls, ehrs, subscribers, database, service }) => {
  const addressees = (owner: string): ReadonlySet<string> =>
    new Set([
      owner,
      ...database.referrals.flatMap(({ referrerId, clinicId }) =>
        referrerId === owner ? clinicId : [],
      ),
    ])
  return Object.entries(setting.canaries).flatMap(([owner, texts]) => {
    const may = addressees(owner)
    const seen = (who: string, text: string) =>
      !may.has(who) && texts.some((canary) => text.includes(canary))
        ? [`${who} saw what is ${owner}'s`]
        : []
    return [
      ...calls.flatMap(({ by, answer }) => seen(by, answer?.body ?? '')),
      ...ehrs.flatMap(({ clinicId, requests }) =>
        requests.flatMap(({ path, body }) => seen(clinicId, path + body)),
      ),
      ...subscribers.flatMap(({ organization, received }) =>
        received.flatMap(({ body }) => seen(organization, body)),
      ),
      ...service.output.flatMap((line) => seen('the operator', line)),
    ]
  })
}

/** INV-15: labels only grow on the way, and what is withheld does not leave. */
export const labelsKept: Judge = (history) =>
  history.database.referrals.flatMap((row) => {
    const ehr = history.ehrs.find(({ clinicId }) => clinicId === row.clinicId)
    const withheld = (row.withheld ?? []).flatMap((reference) =>
      ehr && sentCopiesOf(ehr, reference).length > 0 ? [`${reference} left without consent`] : [],
    )
    return [
      ...withheld,
      ...Object.entries(row.delivery.sent ?? {}).flatMap(([ours, [theirs, sentVersion]]) => {
        const copies = ehr ? versionsAt(ehr, theirs) : []
        const there = copies.find(({ version }) => version === 1)?.content
        const here = versionsHere(history, ours).find(
          ({ version }) => version <= sentVersion,
        )?.content
        if (!there || !here) return []
        const kept = labelsOf(there)
        return [...labelsOf(here)].flatMap((label) =>
          kept.has(label) ? [] : [`${ours} lost ${label} on the way`],
        )
      }),
    ]
  })

const labelsOf = (content: string): ReadonlySet<string> =>
  new Set(
    (parsed<FhirResource>(content).meta?.security ?? []).map(
      ({ system, code }: Coding) => `${system}|${code}`,
    ),
  )

const longestStallMs = 10_000

/** INV-16: memory, files and tables stay within bounds, and nothing stands still. */
export const boundedProcess: Judge = ({ service, setting }) =>
  service.samples.flatMap(({ at, memoryMb, files, rows, stalledMs }) => [
    ...(memoryMb > setting.mostMemoryMb ? [`${memoryMb} MB at ${at}`] : []),
    ...(files > setting.mostFiles ? [`${files} files open at ${at}`] : []),
    ...(rows > setting.mostRows ? [`${rows} rows at ${at}`] : []),
    ...(stalledMs > longestStallMs ? [`nothing moved for ${stalledMs} ms at ${at}`] : []),
  ])

/** INV-17: connections go to who is allowed, and to nobody else. */
export const onlyAllowedPeers: Judge = ({ service, setting }) =>
  service.connections.flatMap(({ at, to }) =>
    setting.allowed.includes(to) ? [] : [`a connection to ${to} at ${at}`],
  )
