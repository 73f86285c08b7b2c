/** Writes docs/errors.md from the table of problems: `npm run errors`. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorsMarkdown } from '../src/http/pages/errors-markdown.ts'

writeFileSync(join(import.meta.dirname, '..', 'docs', 'errors.md'), errorsMarkdown())
