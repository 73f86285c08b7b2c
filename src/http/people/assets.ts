/** The style sheet and the scripts: small files of ours, under names that change with their content. */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { Problem } from '../../domain/problem.ts'

const types = {
  'app.css': 'text/css; charset=utf-8',
  'app.js': 'text/javascript; charset=utf-8',
  'queue.js': 'text/javascript; charset=utf-8',
  'referral.js': 'text/javascript; charset=utf-8',
  'answer.js': 'text/javascript; charset=utf-8',
} as const

export type Asset = keyof typeof types

const assets = (Object.keys(types) as Asset[]).map((name) => {
  const text = readFileSync(new URL(`./assets/${name}`, import.meta.url), 'utf8')
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12)
  return { name, text, path: `/assets/${name.replace('.', `.${hash}.`)}` }
})

/** Where a page finds it. */
export const assetPath = (name: Asset): string =>
  assets.find((asset) => asset.name === name)?.path ?? ''

export function assetRoutes(app: FastifyInstance): void {
  app.get<{ Params: { file: string } }>(
    '/assets/:file',
    { config: { access: 'public' } },
    async (request, reply) => {
      const asset = assets.find(({ path }) => path === `/assets/${request.params.file}`)
      if (!asset) throw new Problem('not-found')
      return reply
        .header('cache-control', 'public, max-age=31536000, immutable')
        .type(types[asset.name])
        .send(asset.text)
    },
  )
}
