import { readFileSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'

/** Writes a generated file, or with `--check` fails when it is not as it would be written. */
export function keepFile(path: string, text: string): void {
  const name = relative(process.cwd(), path)
  if (!process.argv.includes('--check')) {
    writeFileSync(path, text)
    process.stdout.write(`${name}: ${Buffer.byteLength(text)} bytes\n`)
  } else if (readFileSync(path, 'utf8') !== text) {
    process.stderr.write(`${name} is stale: run npm run definitions\n`)
    process.exitCode = 1
  }
}
