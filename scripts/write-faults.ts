/** `npm run fault-map` writes docs/faults.md. */

import { writeFileSync } from 'node:fs'
import { faultMatrix } from './fault-matrix.ts'

writeFileSync(new URL('../docs/faults.md', import.meta.url), faultMatrix().markdown)
