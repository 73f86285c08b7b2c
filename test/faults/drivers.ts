/** A practice that refers, supplies, takes back and reads, and remembers every call. */

import { setTimeout as pause } from 'node:timers/promises'
import type { Bundle, FhirResource, Patient, ServiceRequest } from 'fhir/r4'
import type { JWK } from 'jose'
import { aForm, aReferral, npis } from '../helpers/a-referral.ts'
import { orGone } from '../helpers/crash-tools.ts'
import { type Answer, type FhirClient, logIn } from '../helpers/fhir-client.ts'
import { type Organization, referenceIn } from '../helpers/world.ts'
import type { Call } from '../histories/history.ts'
import type { Life } from './killed-process.ts'

export const canaries = {
  'lakeside-family': ['Lakesidecanary'],
  'hilltop-internal': ['Hilltopcanary'],
} as const

interface Sent {
  readonly identifier: string
  readonly bundle: Bundle<FhirResource>
  incomplete: boolean
  id?: string
  patient?: string
  revoked?: boolean
}

export class Referrer {
  readonly #name: keyof typeof canaries
  readonly #clinic: keyof typeof npis
  readonly #keys: Readonly<Partial<Record<Organization, JWK>>>
  readonly #calls: Call[]
  readonly #random: () => number
  readonly #sent: Sent[] = []

  constructor(
    name: keyof typeof canaries,
    clinic: keyof typeof npis,
    keys: Readonly<Partial<Record<Organization, JWK>>>,
    calls: Call[],
    random: () => number,
  ) {
    this.#name = name
    this.#clinic = clinic
    this.#keys = keys
    this.#calls = calls
    this.#random = random
  }

  /** One thing after the other until the life ends. */
  async work(life: Life): Promise<void> {
    while (!life.hasEnded()) {
      const by = await orGone(logIn(life.baseUrl, this.#name, this.#keys[this.#name] as JWK))
      if (!by) return
      for (let n = 0; n < 20 && !life.hasEnded(); n++) {
        await this.#step(by)
        await pause(60 + this.#random() * 120)
      }
    }
  }

  async #step(by: FhirClient): Promise<void> {
    const chance = this.#random()
    const known = this.#sent.filter(({ id }) => id !== undefined)
    const recent = known.at(-1 - Math.floor(this.#random() * 3))
    const owed = known.find(({ incomplete, revoked }) => incomplete && !revoked)
    const unanswered = this.#sent.findLast(({ id }) => id === undefined)
    if (owed && chance < 0.2) return this.#supply(by, owed)
    if (recent && !recent.revoked && chance < 0.32) return this.#revoke(by, recent)
    if (recent && chance < 0.42) return this.#read(by, `ServiceRequest/${recent.id}`)
    if (recent && chance < 0.47) return this.#submit(by, recent)
    return this.#submit(by, unanswered && chance < 0.8 ? unanswered : this.#newReferral())
  }

  #newReferral(): Sent {
    const identifier = `${this.#name}-${this.#sent.length}`
    const incomplete = this.#random() < 0.3
    const bundle = aReferral({
      identifier,
      clinicNpi: npis[this.#clinic],
      ...(incomplete ? { unanswered: ['glaucoma'] } : {}),
    })
    const patient = bundle.entry?.[0]?.resource as Patient
    patient.name = [{ family: canaries[this.#name][0] as string }]
    const sent = { identifier, bundle, incomplete }
    this.#sent.push(sent)
    return sent
  }

  async #submit(by: FhirClient, sent: Sent): Promise<void> {
    const count = sent.bundle.entry?.length ?? 0
    const placesIn = ({ body }: Answer<Bundle>): readonly string[] =>
      (body.entry ?? []).map(({ response }) => referenceIn(response?.location))
    const post = by.post<Bundle>('', sent.bundle)
    const answer = await this.#note('submit', sent.identifier, post, (got) => {
      const places = placesIn(got)
      // Behind what was sent stand the Task and the latest check, which go on.
      return { referralId: places[1]?.split('/')[1] ?? '', locations: places.slice(0, count) }
    })
    if (answer?.status !== 200) return
    const [patient = '', request = ''] = placesIn(answer)
    sent.patient = patient
    sent.id = request.slice('ServiceRequest/'.length)
  }

  async #supply(by: FhirClient, sent: Sent): Promise<void> {
    const form = aForm({ reference: sent.patient as string }, { glaucoma: 'N' })
    const about = `ServiceRequest/${sent.id}`
    const answer = await this.#note('supply', about, by.post(`${about}/$add-information`, form))
    if (answer?.status === 200) sent.incomplete = false
  }

  async #revoke(by: FhirClient, sent: Sent): Promise<void> {
    const about = `ServiceRequest/${sent.id}`
    const read = await orGone(by.get<ServiceRequest>(about))
    if (read?.status !== 200 || read.body.status === 'revoked') return
    const version = Number(read.body.meta?.versionId)
    const put = by.put<ServiceRequest>(
      about,
      { ...read.body, status: 'revoked' },
      { 'if-match': read.etag },
    )
    const answer = await this.#note(
      'revoke',
      about,
      put,
      ({ body }) => ({ version: Number(body.meta?.versionId) }),
      version,
    )
    if (answer?.status === 200) sent.revoked = true
  }

  async #read(by: FhirClient, about: string): Promise<void> {
    await this.#note('read', about, by.get(about))
  }

  /** Every request and Task once more, at the end. */
  async readAll(life: Life): Promise<void> {
    const by = await logIn(life.baseUrl, this.#name, this.#keys[this.#name] as JWK)
    // Oldest first: what is written to meanwhile comes again at the end instead of being passed by.
    let url: string | undefined = 'Task?_count=200&_sort=_lastUpdated'
    while (url !== undefined) {
      const page: Bundle = (await by.get<Bundle>(url)).body
      for (const { resource } of page.entry ?? []) await this.#read(by, `Task/${resource?.id}`)
      url = page.link?.find(({ relation }) => relation === 'next')?.url
    }
    for (const { id } of this.#sent) if (id) await this.#read(by, `ServiceRequest/${id}`)
  }

  async #note<T>(
    act: Call['act'],
    about: string,
    asked: Promise<Answer<T>>,
    more: (answer: Answer<T>) => object = () => ({}),
    ifMatch?: number,
  ): Promise<Answer<T> | undefined> {
    const at = Date.now()
    const answer = await orGone(asked)
    this.#calls.push({
      at,
      by: this.#name,
      act,
      about,
      ...(ifMatch === undefined ? {} : { ifMatch }),
      ...(answer
        ? { answer: { ...noted(answer), ...(answer.status < 300 ? more(answer) : {}) } }
        : {}),
    })
    return answer
  }
}

const noted = ({ status, text, headers }: Answer<unknown>) => ({
  at: Date.now(),
  status,
  body: text,
  requestId: headers.get('x-request-id') ?? '',
})
