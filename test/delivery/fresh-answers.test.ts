import t from 'tap'
import { all, delivery, ehrWorld, resourceSystem } from './ehr-world.ts'

t.test('every search and read asks for an answer that comes from no cache', async (t) => {
  const { ehr, clinic } = await ehrWorld(t)
  const references = await clinic.transact(delivery())
  const task = references[2] as string
  await clinic.find('Task', `identifier=${encodeURIComponent(`${resourceSystem}|t1`)}`)
  await all(clinic.changedTasks(undefined))
  await clinic.read(task)
  await clinic.history(task)
  const asked = ehr.requests.filter(({ method }) => method === 'GET')
  t.equal(asked.length, 4)
  for (const { path, headers } of asked) t.equal(headers['cache-control'], 'no-cache', path)
})
