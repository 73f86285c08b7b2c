/**
 * Kills the service again and again while referrals come in, and then looks whether the promise
 * held: what got a 2xx is never lost, never doubled at the clinic and comes to its outcome; what got
 * none is there whole or not at all.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Bundle, FhirResource, ServiceRequest, Task } from 'fhir/r4'
import { redeliverAll } from '../../src/commands/redeliver.ts'
import { startSandboxEhr } from '../../src/sandbox/ehr/start.ts'
import { readSandboxClient } from '../../src/sandbox/start.ts'
import { aForm, aReferral, npis, referralSystem } from './a-referral.ts'
import { allTasks, doubled, orGone, randomFrom } from './crash-tools.ts'
import { eventually } from './eventually.ts'
import { type FhirClient, logIn } from './fhir-client.ts'
import { inspect } from './inspect.ts'
import { heldBy, outcomeNote } from './journey.ts'
import { type ServiceProcess, startService, threeFreePorts } from './service-process.ts'
import { referenceIn, standingOf } from './world.ts'

export interface CampaignOptions {
  readonly kills: number
  /** The same seed kills after the same times. */
  readonly seed: number
  readonly say: (line: string) => void
  /** Leaves the data folder where it is when something is not as promised, and says where. */
  readonly keepFaults?: boolean
}

export interface CampaignResult {
  /** Referrals that got a 2xx. */
  readonly acknowledged: number
  /** Those whose answer was lost for good, and how many of them were taken in all the same. */
  readonly unanswered: number
  readonly takenInUnanswered: number
  readonly kills: number
  readonly killedWhileStarting: number
  /** Everything that was not as promised; empty when all is well. */
  readonly faults: readonly string[]
}

/** A referral as its sender remembers it. */
interface Sent {
  readonly identifier: string
  readonly bundle: Bundle<FhirResource>
  /** True until the missing answer was supplied with a 2xx. */
  incomplete: boolean
  /** Id of the ServiceRequest, once a 2xx has told it. */
  id?: string
  patient?: string
}

/** How often the clinics' staff take a step; a referral comes to its outcome in a few of them. */
const stepMs = 60
const settleWithinMs = 120_000

export async function crashCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const folder = await mkdtemp(join(tmpdir(), 'referloop-crash-'))
  const random = randomFrom(options.seed)
  const port = await threeFreePorts(random)
  const campaign = new Campaign(options, folder, port, random)
  let isFaulty = true
  try {
    await campaign.kill()
    await campaign.settle()
    await campaign.lookInside()
    const result = campaign.result()
    isFaulty = result.faults.length > 0
    return result
  } finally {
    await campaign.end()
    if (isFaulty && options.keepFaults) options.say(`the data is in ${folder}`)
    else await rm(folder, { recursive: true, force: true })
  }
}

class Campaign {
  readonly #options: CampaignOptions
  readonly #folder: string
  readonly #port: number
  readonly #random: () => number
  readonly #sent: Sent[] = []
  readonly #faults: string[] = []
  #takenIn = 0
  #killed = 0
  #whileStarting = 0
  #service: ServiceProcess | undefined

  constructor(options: CampaignOptions, folder: string, port: number, random: () => number) {
    this.#options = options
    this.#folder = folder
    this.#port = port
    this.#random = random
  }

  /** Life after life, each ended at a random moment, some before they are ready. */
  async kill(): Promise<void> {
    const { kills, say } = this.#options
    for (let n = 1; n <= kills; n++) {
      const service = this.#start()
      const early = n > 1 && this.#random() < 0.25
      if (early) this.#whileStarting++
      else await service.ready()
      const senders = early ? [] : await this.#startSenders(service)
      await pause(this.#random() * 1_500)
      await service.kill()
      this.#killed = n
      // They are at it when the kill comes; what they hear is that the connection is gone.
      await Promise.all(senders)
      say(`kill ${n}${early ? ' while starting' : ''}: ${this.#acknowledged().length} acknowledged`)
    }
  }

  async #startSenders(service: ServiceProcess): Promise<readonly Promise<void>[]> {
    const by = await this.#logIn(service)
    const life = this.#killed
    return [1, 2, 3].map(async () => {
      while (this.#killed === life) {
        await this.#sendOne(by)
        await pause(this.#random() * 120)
      }
    })
  }

  async #sendOne(by: FhirClient): Promise<void> {
    const open = this.#sent.filter(({ id }) => id === undefined)
    // A good sender repeats what was not answered; another never asks again.
    const again = this.#random() < 0.3 ? open[Math.floor(this.#random() * open.length)] : undefined
    const supply = this.#sent.find(({ id, incomplete }) => id !== undefined && incomplete)
    if (supply && this.#random() < 0.5) return this.#supply(by, supply)
    await this.#submit(by, again ?? this.#newReferral())
  }

  #newReferral(): Sent {
    const identifier = `crash-${this.#sent.length}`
    const incomplete = this.#random() < 0.25
    const clinicNpi = this.#random() < 0.5 ? npis['river-pain-clinic'] : npis['summit-pain-center']
    const bundle = aReferral({
      identifier,
      clinicNpi,
      ...(incomplete ? { unanswered: ['glaucoma'] } : {}),
    })
    const sent = { identifier, bundle, incomplete }
    this.#sent.push(sent)
    return sent
  }

  async #submit(by: FhirClient, sent: Sent): Promise<void> {
    const answer = await orGone(by.post<Bundle<FhirResource>>('', sent.bundle))
    if (!answer || answer.status >= 500) return
    if (answer.status !== 200) return this.#fault(`${sent.identifier} was refused: ${answer.text}`)
    const [patient, request] = answer.body.entry ?? []
    sent.patient = referenceIn(patient?.response?.location)
    sent.id = referenceIn(request?.response?.location).slice('ServiceRequest/'.length)
    return undefined
  }

  async #supply(by: FhirClient, sent: Sent): Promise<void> {
    const form = aForm({ reference: sent.patient as string }, { glaucoma: 'N' })
    const answer = await orGone(by.post(`ServiceRequest/${sent.id}/$add-information`, form))
    if (answer?.status === 200) sent.incomplete = false
    else if (answer && answer.status < 500)
      this.#fault(`${sent.identifier} took no information: ${answer.text}`)
  }

  /** The last life: everything that was promised comes to its end. */
  /** What was in hand at three kills in a row was given up, told, and is put back as an operator does. */
  async settle(): Promise<void> {
    await this.#rest(new Set(['requested/delivery-failed']))
    const putBack = await redeliverAll(
      { databaseUrl: undefined, dataDirectory: this.#folder },
      {},
      () => new Date(),
    )
    if (putBack.length > 0) this.#options.say(`${putBack.length} were given up, and are put back`)
    await this.#rest(new Set(), async (by) => {
      for (const sent of this.#sent) await this.#checkOutcome(by, sent)
    })
  }

  /** One more life, until each referral is completed, or stands as in `allowed`. */
  async #rest(
    allowed: ReadonlySet<string>,
    look: (by: FhirClient) => Promise<void> = async () => {},
  ): Promise<void> {
    const service = this.#start()
    await service.ready()
    const by = await this.#logIn(service)
    for (const sent of this.#acknowledged()) if (sent.incomplete) await this.#supply(by, sent)
    let open: readonly string[] = []
    await eventually(
      'everything is completed',
      async () => {
        open = await this.#unsettled(by, allowed)
        if (open.length > 0) await pause(1_000)
        return open.length === 0 ? true : undefined
      },
      () => `Still open: ${open.slice(0, 10).join(', ')}`,
      settleWithinMs,
    ).catch((error: Error) => this.#fault(error.message))
    await look(by)
    const code = await service.stop()
    if (code !== 0) this.#fault(`the service stopped with exit code ${code}`)
  }

  async #unsettled(by: FhirClient, allowed: ReadonlySet<string>): Promise<readonly string[]> {
    const tasks = await allTasks(by)
    const promised = new Set(this.#acknowledged().map(({ id }) => `ServiceRequest/${id}`))
    const missing = [...promised].filter((request) => !tasks.has(request))
    const open = [...tasks].flatMap(([request, task]) => {
      const standing = standingOf(task)
      const isSettled =
        standing === 'completed/completed' ||
        allowed.has(standing) ||
        // A referral whose sender never learnt of it may wait for information for ever.
        (standing === 'requested/awaiting-information' && !promised.has(request))
      return isSettled ? [] : [`${request} is ${standing}`]
    })
    return [...missing.map((request) => `${request} is missing`), ...open]
  }

  async #checkOutcome(by: FhirClient, sent: Sent): Promise<void> {
    const search = `identifier=${encodeURIComponent(`${referralSystem}|${sent.identifier}`)}`
    const found = await by.get<Bundle<ServiceRequest>>(`ServiceRequest?${search}`)
    const [request] = (found.body.entry ?? []).map(({ resource }) => resource as ServiceRequest)
    if (found.body.total !== (request ? 1 : 0)) this.#fault(`${sent.identifier} is there twice`)
    if (sent.id === undefined && request) this.#takenIn++
    if (sent.id !== undefined && request?.id !== sent.id)
      this.#fault(`${sent.identifier} is not the one that was acknowledged`)
    if (!request) return undefined
    const tasks = await by.get<Bundle<Task>>(`Task?focus=ServiceRequest/${request.id}`)
    const [task] = (tasks.body.entry ?? []).map(({ resource }) => resource as Task)
    if (tasks.body.total !== 1 || !task) return this.#fault(`${sent.identifier} has no Task`)
    if (task.status !== 'completed') return undefined
    const note = await outcomeNote({ by }, task)
    if (!note.includes('ketamine infusion')) this.#fault(`${sent.identifier} has no outcome note`)
    return undefined
  }

  /** With everything stopped: the clinics' EHRs and the database, row by row. */
  async lookInside(): Promise<void> {
    const counts = new Map<string, number>()
    for (const clinic of ['river-pain-clinic', 'summit-pain-center']) {
      const directory = join(this.#folder, 'ehr', clinic)
      const ehr = await startSandboxEhr({ port: 0, name: clinic, directory })
      for (const request of heldBy(ehr, 'ServiceRequest') as ServiceRequest[])
        for (const { system, value } of request.identifier ?? [])
          if (system === referralSystem) counts.set(`${value}`, (counts.get(`${value}`) ?? 0) + 1)
      for (const key of doubled(heldBy(ehr, 'Task') as Task[]))
        this.#fault(`${clinic}: ${key} twice`)
      await ehr.close()
    }
    for (const [identifier, count] of counts)
      if (count > 1) this.#fault(`${identifier} is at the clinic ${count} times`)
    for (const { identifier } of this.#acknowledged())
      if (!counts.has(identifier)) this.#fault(`${identifier} never came to the clinic`)
    const inspection = await inspect({ dataDirectory: this.#folder })
    for (const half of await inspection.halves()) this.#fault(half)
    await inspection.close()
  }

  result(): CampaignResult {
    const acknowledged = this.#acknowledged().length
    return {
      acknowledged,
      unanswered: this.#sent.length - acknowledged,
      takenInUnanswered: this.#takenIn,
      kills: this.#options.kills,
      killedWhileStarting: this.#whileStarting,
      faults: this.#faults,
    }
  }

  async end(): Promise<void> {
    await this.#service?.kill()
  }

  #start(): ServiceProcess {
    this.#service = startService(this.#folder, this.#port, {
      REFERLOOP_SANDBOX_PACE: String(stepMs),
    })
    return this.#service
  }

  async #logIn({ baseUrl }: ServiceProcess): Promise<FhirClient> {
    const { key } = await readSandboxClient(this.#folder, 'lakeside-family')
    return logIn(baseUrl, 'lakeside-family', key)
  }

  #acknowledged = () => this.#sent.filter(({ id }) => id !== undefined)

  #fault(sentence: string): void {
    this.#faults.push(sentence)
  }
}
