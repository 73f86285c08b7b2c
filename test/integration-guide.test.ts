import { execFile, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { startWorld } from './helpers/world.ts'

const root = join(import.meta.dirname, '..')
const guide = readFileSync(join(root, 'docs/integration.md'), 'utf8')
const hasShell = ['bash', 'curl'].every((name) => spawnSync(name, ['--version']).status === 0)

t.test(
  'every command of the integration guide works as pasted',
  hasShell ? {} : { skip: 'needs bash and curl' },
  async (t) => {
    const { baseUrl, folder, ehr } = await startWorld(t, { config: { sandboxPace: 300 } })
    const blocks = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block)
    t.ok(blocks.length > 10, 'the guide has its commands')
    const script = blocks
      .join('\n')
      .replaceAll('http://127.0.0.1:8080', baseUrl)
      .replaceAll('http://127.0.0.1:8081', new URL(ehr('river-pain-clinic').baseUrl).origin)
      .replaceAll('.referloop/', `${folder}/`)
      .replaceAll('docs/examples', join(root, 'docs/examples'))
      .replaceAll('npm run', `npm --prefix ${root} run`)
      .replaceAll(
        'import { importJWK, SignJWT } from "jose"',
        `import { importJWK, SignJWT } from "${root}/node_modules/jose/dist/webapi/index.js"`,
      )
    const cwd = t.testdir()
    const { stdout, stderr } = await promisify(execFile)(
      'bash',
      ['-euo', 'pipefail', '-c', script],
      {
        cwd,
        env: { ...process.env, REFERLOOP_DATA: folder },
      },
    )
    // npm may have its own opinion of the machine's settings.
    t.equal(stderr.replace(/^npm .*\n/gm, ''), '', 'nothing complains')
    for (const said of [
      /"access_token":/,
      /^201 Created .*\/ServiceRequest\/.*\n(?:201 .*\n)*201 Created .*\/Task\//m,
      /^data-required, incomplete$/m,
      /^awaiting-information\n(?:.*\n)*?Answer item/m,
      /^link address code expires$/m,
      /^sending$/m,
      /^awaiting-acknowledgement\nsending$/m,
      /^revoked\ncancelled$/m,
      /^ServiceRequest,Task$/m,
      /^completed\n.*first ketamine infusion/m,
      /^event 1: .*\/Task\/.*$/m,
      /^active, [1-9]\d* events\nawaiting-information\nunsubscribed: 204$/m,
      /^invalid-resource \| Bundle\.entry\[0\]\.resource\.status \|/m,
      /,complete,/,
      /^order-select ketamine-infusion-referral\norder-sign ketamine-infusion-referral$/m,
      /^warning: River Pain Clinic: 1 thing is missing for this referral\.\n(?:.*\n)*?Start the screening form with 1 open question\nAttach/m,
      /^cards: 1$/m,
      /^feedback: 200$/m,
    ])
      t.match(stdout, said)
  },
)
