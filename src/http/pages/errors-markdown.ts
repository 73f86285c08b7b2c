/** docs/errors.md, made from the table of problems; a test fails when the file is stale. */

import { problemSystem } from '../../domain/fhir/outcome.ts'
import { type ProblemCode, problems } from '../../domain/problem.ts'
import { problemCauses } from './problem-causes.ts'

export function errorsMarkdown(): string {
  const codes = Object.keys(problems) as ProblemCode[]
  return `# Problem codes

Every refused request is answered with an OperationOutcome. Each issue has one of these codes in
\`details.coding\` (system \`${problemSystem}\`), says in \`diagnostics\` how to mend it,
and in \`expression\` where. The header \`Link\` leads to the page of the code, \`/errors/{code}\`.

Written by \`npm run errors\` from \`src/domain/problem.ts\` and \`src/http/pages/problem-causes.ts\`.

${codes.map(section).join('\n\n')}
`
}

function section(code: ProblemCode): string {
  const [status, issueType, advice] = problems[code]
  return `## ${code}

HTTP ${status}, FHIR issue type \`${issueType}\`.

${problemCauses[code]}

**Mend it:** ${advice}`
}
