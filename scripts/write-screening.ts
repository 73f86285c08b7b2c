/** `npm run screening-map` writes docs/screening.md. */

import { writeFileSync } from 'node:fs'
import { screeningMap } from './screening-map.ts'

writeFileSync(new URL('../docs/screening.md', import.meta.url), screeningMap().markdown)
