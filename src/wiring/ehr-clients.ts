/** Our side of the organisations' EHRs. */

import { randomUUID } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { createClinicEhr, type EhrDeps } from '../delivery/ehr-client.ts'
import { type LineEvent, throughLine } from '../delivery/ehr-line.ts'
import { createPatientRecords } from '../delivery/patient-records.ts'
import type { Clinic, Ehr, FhirServer, Referrer } from '../domain/access/registry.ts'
import type { Parts } from './parts.ts'

/** @returns what makes the client of a clinic's EHR, and of a referrer's records; @throws Error where there is no EHR */
export const ehrClients = (parts: Parts) => ({
  ehrOf: clientsOf(parts, (clinic: Clinic) => clinic.ehr, clinicEhr(parts)),
  recordsOf: clientsOf(parts, (referrer: Referrer) => referrer.ehr, createPatientRecords),
})

/** Our side of a clinic's EHR, on the line that all instances share. */
const clinicEhr =
  ({ log, storage: { lines } }: Parts) =>
  (server: Ehr, deps: EhrDeps, { id }: Clinic) => {
    const { requestsPerSecond } = server
    const onLine = ({ clinicId, state }: LineEvent) =>
      log[state === 'left-alone' ? 'warn' : 'info']({ clinicId, state }, 'line to EHR')
    const egress = throughLine({ id, requestsPerSecond }, { ...deps, lines, onLine })
    return createClinicEhr(server, { ...deps, egress })
  }

/** One client for each organisation's EHR, kept as long as its address and log-in stay. */
function clientsOf<O extends { readonly id: string }, S extends FhirServer, C>(
  { egress, keys, now }: Parts,
  serverOf: (organization: O) => S | undefined,
  create: (server: S, deps: EhrDeps, organization: O) => C,
): (organization: O) => C {
  const clients = new Map<string, { readonly settings: string; readonly client: C }>()
  return (organization) => {
    const server = serverOf(organization)
    if (!server) throw new Error(`${organization.id} has no EHR`)
    const key = keys.signer('ES384')
    const settings = JSON.stringify([server, key.kid])
    const known = clients.get(organization.id)
    if (known?.settings === settings) return known.client
    const monotonic = () => performance.now()
    const deps = { egress, key, now, monotonic, newId: randomUUID }
    const client = create(server, deps, organization)
    clients.set(organization.id, { settings, client })
    return client
  }
}
