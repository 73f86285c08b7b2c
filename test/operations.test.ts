import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startWorld } from './helpers/world.ts'

const operations = readFileSync(join(import.meta.dirname, '../docs/operations.md'), 'utf8')

t.test(
  'every metric of a scrape is explained, and every one explained is in a scrape',
  async (t) => {
    const { baseUrl } = await startWorld(t)
    // A histogram without a label shows itself at once, one with labels after the first request.
    await fetch(`${baseUrl}/health/live`)
    const scrape = await (await fetch(`${baseUrl}/metrics`)).text()
    const scraped = [...scrape.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name)
    const rows = operations
      .split('\n')
      .filter((line) => /^\| `(http|referloop|nodejs|process)_/.test(line))
    const explained = rows.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
    )
    t.ok(scraped.includes('referloop_deliveries_total'))
    t.strictSame(explained.sort(), scraped.sort())
  },
)
