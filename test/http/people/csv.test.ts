import t from 'tap'
import { csvOf } from '../../../src/http/people/csv.ts'

t.test('what a spreadsheet would run is text', async (t) => {
  for (const cell of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '  =1', '＝1', '\r=1', '|calc'])
    t.match(csvOf(['a'], [[cell]]).split('\r\n')[1] ?? '', /^"?'/, JSON.stringify(cell))
})

t.test('a number stays one, below zero too, and what is not there is empty', async (t) => {
  t.equal(csvOf(['a', 'b', 'c'], [[-1.5, undefined, 0]]), 'a,b,c\r\n-1.5,,0\r\n')
})

t.test('commas, quotes and lines stay in their cell', async (t) => {
  t.equal(
    csvOf(['a', 'b'], [['Ng, Su', 'said "no"\nand left']]),
    'a,b\r\n"Ng, Su","said ""no""\nand left"\r\n',
  )
})

t.test('the heading is held to the same', async (t) => {
  t.equal(csvOf(['=a'], []), "'=a\r\n")
})
