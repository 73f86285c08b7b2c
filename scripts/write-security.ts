/** `npm run security-map` writes docs/security.md. */

import { writeFileSync } from 'node:fs'
import { securityMap } from './security-map.ts'

writeFileSync(new URL('../docs/security.md', import.meta.url), securityMap().markdown)
