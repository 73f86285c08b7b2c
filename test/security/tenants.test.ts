import t from 'tap'
import { startWorld } from '../helpers/world.ts'
import { tenantMatrix } from './tenant-matrix.ts'

t.test('the tenant matrix', async (t) => tenantMatrix(t, await startWorld(t)))
