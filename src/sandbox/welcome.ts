/** What the sandbox says when it is up: what to open, and what to type next. */

import type { Sandbox } from './start.ts'

export function sandboxWelcome(baseUrl: string, sandbox: Sandbox): string {
  const ehrs = [...sandbox.ehrs].map(([id, { baseUrl: ehr }]) => `  ${id.padEnd(20)} ${ehr}`)
  return `
Referloop sandbox: everything is made up, keys lie open in the data folder.

  FHIR base            ${baseUrl}/fhir
  CDS Hooks            ${baseUrl}/cds-services
  Worklist             ${baseUrl}/worklist
  API documentation    ${baseUrl}/docs
${ehrs.join('\n')}

Send a referral (in another terminal, from this folder):

  TOKEN=$(npm run -s referloop -- token lakeside-family)
  curl -s ${baseUrl}/fhir -H "Authorization: Bearer $TOKEN" \\
       -H 'Content-Type: application/fhir+json' -d @docs/examples/referral.json

and watch the clinic take it through to the outcome:

  curl -s "${baseUrl}/fhir/Task?_sort=-_lastUpdated&_count=1&_pretty=true" -H "Authorization: Bearer $TOKEN"

Stop with Ctrl-C.
`
}
