/** A clinic as its people see it, and as practices do that refer to it. */

import type { DueTerms } from '../../../domain/access/due-terms.ts'
import type { InformationTerms } from '../../../domain/access/information-terms.ts'
import type { Clinic } from '../../../domain/access/registry.ts'
import type { Policy } from '../../../domain/screening/policy.ts'
import type { Requirements } from '../../../domain/screening/requirements.ts'
import { type Html, html, type Part } from '../../pages/html.ts'
import { type Fact, factList } from '../components.ts'
import type { View } from '../view.ts'
import { hoursFacts } from './hours.ts'
import { requirementsSection } from './requirements.ts'

interface ClinicPage {
  readonly clinic: Clinic
  readonly policy: Policy
  readonly asked: Requirements
  /** What is for the clinic's own people, or the way back for others. */
  readonly before: Part
  readonly after: Part
}

export function clinicPage(view: View, page: ClinicPage): Html {
  const { say } = view
  const { clinic, policy, asked, before, after } = page
  return html`${before}
<h1><bdi>${clinic.name}</bdi></h1>
${factList(view, factsOf(view, clinic, policy))}
<h2 id="hours">${say('clinic.hours')}</h2>
${factList(view, hoursFacts(view, clinic.due.hours))}
<h2 id="asks">${say('clinic.asksOwn')}</h2>
<p>${say('clinic.asksHint')}</p>
${requirementsSection(view, asked)}
<h2 id="due">${say('clinic.due')}</h2>
<p>${say('clinic.dueHint')}</p>
${dueTable(view, clinic.due, clinic.information)}
${after}`
}

function factsOf({ say }: View, { npi, ehr }: Clinic, { title, canonical }: Policy): Fact[] {
  return [
    [say('clinic.npi'), npi],
    [say('clinic.policy'), title, 'sent'],
    [say('clinic.version'), canonical.split('|')[1] ?? '1'],
    [say('clinic.received'), say(ehr ? 'clinic.byEhr' : 'clinic.byWorklist')],
  ]
}

const steps = [
  'acknowledgement',
  'triage',
  'scheduling',
  'visit',
  'report',
  'resumption',
  'cancellation',
] as const

/** Steps in working days; what the practice has to send is counted in days of the calendar. */
function dueTable({ say }: View, { days }: DueTerms, information: InformationTerms): Html {
  const { routine, urgent } = information
  const reminders = (terms: readonly number[]) =>
    terms.length > 0 ? say('clinic.reminders', terms) : say('clinic.noReminder')
  const rows: readonly (readonly [string, string, string])[] = [
    [
      say('clinic.step.information'),
      say('clinic.calendarDays', routine.deadlineDays),
      say('clinic.calendarDays', urgent.deadlineDays),
    ],
    [say('clinic.step.reminders'), reminders(routine.reminderDays), reminders(urgent.reminderDays)],
    ...steps.map(
      (step) =>
        [
          say(`clinic.step.${step}`),
          say('clinic.workingDays', days[step].routine),
          say('clinic.workingDays', days[step].urgent),
        ] as const,
    ),
  ]
  return html`<table class="terms"><caption class="hidden">${say('clinic.due')}</caption>
<thead><tr>${(['dueStep', 'routine', 'urgent'] as const).map((each) => html`<th scope="col">${say(`clinic.${each}`)}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([step, routineWords, urgentWords]) =>
      html`<tr><th scope="row">${step}</th><td data-label="${say('clinic.routine')}">${routineWords}</td><td data-label="${say('clinic.urgent')}">${urgentWords}</td></tr>`,
  )}</tbody></table>`
}
