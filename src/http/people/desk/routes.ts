/** The addresses of the clinic's desk. */

import type { PageRoutes } from '../deps.ts'
import { bulkRoutes } from './bulk-routes.ts'
import { exportRoutes } from './export.ts'
import { oneRoutes } from './one.ts'
import { packetsRoutes } from './packets.ts'
import { viewRoutes } from './views.ts'

export const deskRoutes: PageRoutes = (app, deps) => {
  bulkRoutes(app, deps)
  exportRoutes(app, deps)
  oneRoutes(app, deps)
  packetsRoutes(app, deps)
  viewRoutes(app, deps)
}
