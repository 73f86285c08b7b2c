import t from 'tap'
import { Recent } from '../../../src/domain/access/recent.ts'

t.test('keeps the most recently used entries, up to its bound', async (t) => {
  const recent = new Recent<number>(3)
  for (const [n, key] of ['a', 'b', 'c'].entries()) recent.set(key, n)
  t.equal(recent.get('a'), 0, 'all three are there, and a is the latest now')
  recent.set('d', 3)
  t.equal(recent.get('b'), undefined, 'the one used longest ago is gone')
  t.same(
    ['a', 'c', 'd'].map((key) => recent.get(key)),
    [0, 2, 3],
  )
})

t.test('setting again makes it the latest and takes no second place', async (t) => {
  const recent = new Recent<number>(2)
  recent.set('a', 1)
  recent.set('b', 2)
  recent.set('a', 3)
  recent.set('c', 4)
  t.same([recent.get('a'), recent.get('b'), recent.get('c')], [3, undefined, 4])
})
