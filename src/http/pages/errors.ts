/** One page of all problem codes, and one for each: the address that answers name in Link. */

import { problemSystem } from '../../domain/fhir/outcome.ts'
import { type ProblemCode, problems } from '../../domain/problem.ts'
import { type Html, html, prose } from './html.ts'
import { problemCauses } from './problem-causes.ts'

const codes = Object.keys(problems) as ProblemCode[]

export const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(problems, code)

export function errorsPage(): Html {
  return html`<p>Every refused request is answered with an OperationOutcome. Each issue has one of
these codes in <code>details.coding</code>, system <code>${problemSystem}</code>, and says in
<code>diagnostics</code> how to mend it and in <code>expression</code> where.</p>
<div class="scroll"><table><thead><tr><th scope="col">Code</th><th scope="col">Status</th><th scope="col">Issue type</th><th scope="col">How to mend it</th></tr></thead><tbody>
${codes.map((code) => {
  const [status, issueType, advice] = problems[code]
  return html`<tr id="${code}"><td><a href="/errors/${code}"><code>${code}</code></a></td><td>${status}</td><td>${issueType}</td><td>${advice}</td></tr>`
})}
</tbody></table></div>`
}

export function errorPage(code: ProblemCode): Html {
  const [status, issueType, advice] = problems[code]
  return html`${prose(problemCauses[code])}
<p><strong>Mend it:</strong> ${advice}</p>
<div class="scroll"><table><tbody>
<tr><th scope="row">HTTP status</th><td>${status}</td></tr>
<tr><th scope="row">FHIR issue type</th><td><code>${issueType}</code></td></tr>
<tr><th scope="row">Code system</th><td><code>${problemSystem}</code></td></tr>
</tbody></table></div>
<p><a href="/errors">All codes</a></p>`
}
