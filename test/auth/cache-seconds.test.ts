import t from 'tap'
import { cacheSeconds } from '../../src/auth/cache-seconds.ts'

t.test(
  'BS-21 never longer than Cache-Control, nor than ten minutes; five without it',
  async (t) => {
    const table: readonly (readonly [string | undefined, number])[] = [
      [undefined, 300],
      ['', 300],
      ['public', 300],
      ['max-age=60', 60],
      ['max-age="60"', 60],
      ['Public, Max-Age=60', 60],
      ['max-age=0', 0],
      ['max-age=600', 600],
      ['max-age=601', 600],
      ['max-age=31536000, immutable', 600],
      ['max-age=60, max-age=30', 30],
      ['max-age=soon', 0],
      ['max-age=-1', 0],
      ['max-age=1e3', 0],
      ['max-age', 0],
      ['max-age=60x', 0],
      ['max-age max-age=60', 0],
      ['x max-age=60', 300],
      ['max-age=999999999', 600],
      ['public , max-age=60', 60],
      ['max-age=60\t', 60],
      ['no-stored, max-age=60', 60],
      ['x-no-store', 300],
      ['s-maxage=900', 300],
      ['no-store', 0],
      ['max-age=60, no-store', 0],
      ['NO-STORE', 0],
      ['no-cache', 0],
      ['no-cache="set-cookie"', 0],
    ]
    for (const [value, seconds] of table)
      t.equal(cacheSeconds({ 'cache-control': value }), seconds, value ?? 'none')
  },
)

t.test('BS-21 the time that an answer already spent in a cache counts', async (t) => {
  t.equal(cacheSeconds({ 'cache-control': 'max-age=60', age: '20' }), 40)
  t.equal(cacheSeconds({ 'cache-control': 'max-age=60', age: '61' }), 0)
  t.equal(cacheSeconds({ 'cache-control': 'max-age=60', age: 'old' }), 60)
  t.equal(cacheSeconds({ 'cache-control': 'max-age=60', age: '-60' }), 60, 'never longer')
  t.equal(cacheSeconds({ 'cache-control': 'max-age=60', age: '20x' }), 60)
})
