/** `npm run subscription-map` writes docs/subscriptions.md. */

import { writeFileSync } from 'node:fs'
import { subscriptionMap } from './subscription-map.ts'

writeFileSync(new URL('../docs/subscriptions.md', import.meta.url), subscriptionMap().markdown)
