/** Documents that a practice adds to its answer: what is taken, what is not, and that nothing is left of it. */

import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bundle, DocumentReference, Task } from 'fhir/r4'
import t from 'tap'
import { askedByClinic, linkFor } from '../../helpers/answering.ts'
import { multipart, type Sent, samples } from '../../helpers/documents.ts'
import { ownRegistry } from '../../helpers/own-registry.ts'
import { entered, textOf, type Visitor, visitor } from '../../helpers/pages.ts'
import { type Referred, startWorld, type World } from '../../helpers/world.ts'

const pdf = { name: 'MRI knee.pdf', type: 'application/pdf', bytes: samples['application/pdf'] }
const mebibyte = 1024 * 1024
const { config, clientKeys } = await ownRegistry()

const physician = (world: World, organization = 'lakeside-family'): Promise<Visitor> =>
  entered(world.app, {
    role: 'referrer',
    organization,
    person: { id: `https://ehr.example|${organization}`, name: 'Dr Kim Example' },
  })

t.test('documents of an answer', async (t) => {
  const world = await startWorld(t, { background: false, config, clientKeys })
  const { app } = world
  const referred = await askedByClinic(world, 'Send the MRI')
  const path = `/practice/${referred.id}/documents`
  const kim = await physician(world)
  const only = { role: 'referrer', organization: 'lakeside-family' } as const
  const kept = () => app.storage.answerFiles.files(only, referred.id)

  const send = async (
    files: readonly Sent[],
    who = kim,
    fields?: Readonly<Record<string, string>>,
  ) => {
    const page = await who.get(path)
    const token = /name="form-token" value="([^"]+)"/.exec(page.html)?.[1] ?? ''
    const cookie = [...who.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const { headers, payload } = multipart(fields ?? { 'form-token': token }, files)
    return app.http.inject({ method: 'POST', url: path, headers: { ...headers, cookie }, payload })
  }

  await t.test('each kind that is taken is kept, listed, and can be taken out', async (t) => {
    const added = await send(
      Object.entries(samples).map(([type, bytes], n) => ({ name: `d${n}`, type, bytes })),
    )
    t.equal(added.statusCode, 303, textOf(added.body))
    t.equal(added.headers.location, path)
    const files = await kept()
    t.same(files.map(({ name }) => name).sort(), ['d0.pdf', 'd1.png', 'd2.jpg', 'd3.tif', 'd4.txt'])
    t.match(textOf((await kim.get(path)).html), /d0\.pdf 1 kB · Dr Kim Example/)
    await send([{ name: 'again', type: 'application/pdf', bytes: samples['application/pdf'] }])
    t.equal((await kept()).length, 5, 'byte for byte the same is there once')
    for (const { id } of files) t.equal((await kim.post(`${path}/${id}/remove`)).status, 303)
    t.same(await kept(), [])
  })

  await t.test('what is not taken is said by its name, and nothing of it is left', async (t) => {
    const large = Buffer.concat([samples['application/pdf'], Buffer.alloc(5 * mebibyte)])
    const cases: readonly (readonly [string, readonly Sent[], RegExp])[] = [
      ['nothing chosen', [{ bytes: Buffer.alloc(0) }], /Choose at least one document/],
      ['no part at all', [], /Choose at least one document/],
      ['empty', [{ ...pdf, bytes: Buffer.alloc(0) }], /MRI knee\.pdf is empty/],
      ['too large', [{ ...pdf, bytes: large }], /MRI knee\.pdf is larger than 5 MB/],
      [
        'a page',
        [{ name: 'x.html', type: 'text/html', bytes: Buffer.from('<script>1</script>') }],
        /x\.html is not a PDF/,
      ],
      [
        'a picture with scripts',
        [{ name: 'x.svg', type: 'image/svg+xml', bytes: Buffer.from('<svg onload="1"/>') }],
        /x\.svg is not/,
      ],
      [
        'a program called PDF',
        [{ ...pdf, bytes: Buffer.from('MZ\x90\0\x03\0') }],
        /MRI knee\.pdf is not/,
      ],
      ['a picture called PDF', [{ ...pdf, bytes: samples['image/png'] }], /is not a PDF/],
      ['one bad among good', [pdf, { name: 'b.exe', bytes: Buffer.from('MZ\0') }], /b\.exe is not/],
      [
        'fifty',
        Array.from({ length: 50 }, (_, n) => ({ ...pdf, bytes: Buffer.from(`%PDF-${n}`) })),
        /at most 10 documents/,
      ],
      [
        'sixteen MiB',
        Array.from({ length: 4 }, (_, n) => ({
          ...pdf,
          bytes: Buffer.concat([Buffer.from(`%PDF-${n}`), Buffer.alloc(4 * mebibyte)]),
        })),
        /15 MB altogether/,
      ],
      [
        'script as a name',
        [{ name: '<img src=x onerror=alert(1)>', bytes: Buffer.from('MZ\0') }],
        /img src=x/,
      ],
    ]
    for (const [what, files, words] of cases) {
      const answer = await send(files)
      t.equal(answer.statusCode, 422, what)
      t.match(textOf(answer.body), words, what)
      t.notMatch(answer.body, /<img/, what)
      t.match(answer.body, /href="#documents"/)
      t.same(await kept(), [], what)
    }
  })

  await t.test('ten are taken in all, however many come at once', async (t) => {
    const each = (n: number) => [{ ...pdf, name: `${n}.pdf`, bytes: Buffer.from(`%PDF-1.${n}`) }]
    const all = await Promise.all(Array.from({ length: 14 }, (_, n) => send(each(n))))
    t.same(all.map(({ statusCode }) => statusCode).sort(), [
      ...Array(10).fill(303),
      ...Array(4).fill(422),
    ])
    const files = await kept()
    t.equal(files.length, 10)
    await app.storage.answerFiles.dropFiles(
      referred.id,
      files.map(({ id }) => id),
    )
  })

  await t.test('OW1 they are their practice’s alone', async (t) => {
    await send([pdf])
    const [file] = await kept()
    const others = [
      await physician(world, 'hilltop-internal'),
      await entered(app, {
        role: 'clinic',
        organization: 'river-pain-clinic',
        person: { id: 'x|nora', name: 'Nora Lind, RN' },
      }),
    ]
    for (const other of others) {
      t.equal((await other.get(path)).status, 404)
      await other.get('/worklist/here')
      t.equal((await other.post(`${path}/${file?.id}/remove`)).status, 404)
      t.equal((await send([pdf], other)).statusCode === 303, false)
    }
    for (const viewer of [
      { role: 'referrer', organization: 'hilltop-internal' },
      { role: 'clinic', organization: 'river-pain-clinic' },
      { ...only, only: 'another' },
    ] as const)
      t.same(await app.storage.answerFiles.contents(viewer, referred.id), [])
    t.equal((await kept()).length, 1)
  })

  await t.test('who is not signed in, or sends the form of another, adds nothing', async (t) => {
    const { headers, payload } = multipart({ 'form-token': 'x' }, [pdf])
    const nobody = await app.http.inject({ method: 'POST', url: path, headers, payload })
    t.equal(nobody.statusCode, 401)
    t.equal((await send([pdf], kim, { 'form-token': 'x'.repeat(43) })).statusCode, 403)
    const urlencoded = await kim.post(path, { documents: 'x' })
    t.equal(urlencoded.status, 422, 'a form without documents')
    const form = await app.http.inject({
      method: 'POST',
      url: '/sign-out',
      headers: { ...headers, cookie: [...kim.cookies].map(([k, v]) => `${k}=${v}`).join('; ') },
      payload,
    })
    t.equal(form.statusCode, 415, 'other pages take no documents')
    t.equal((await kept()).length, 1)
  })

  await t.test(
    'one that breaks off half way leaves nothing, and the service goes on',
    async (t) => {
      const before = (await kept()).length
      const page = await kim.get(path)
      const token = /name="form-token" value="([^"]+)"/.exec(page.html)?.[1] ?? ''
      const bytes = Buffer.concat([Buffer.from('%PDF-broken'), Buffer.alloc(mebibyte)])
      const { headers, payload } = multipart({ 'form-token': token }, [{ ...pdf, bytes }])
      const { port, hostname } = new URL(world.baseUrl)
      const lines = [
        `POST ${path} HTTP/1.1`,
        `host: ${hostname}`,
        `content-length: ${payload.length}`,
        `cookie: ${[...kim.cookies].map(([name, value]) => `${name}=${value}`).join('; ')}`,
        ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      ]
      for (const end of [0.1, 0.5, 0.99]) {
        const socket = connect(Number(port), hostname)
        socket.on('error', () => {})
        socket.write(`${lines.join('\r\n')}\r\n\r\n`)
        socket.write(payload.subarray(0, Math.floor(payload.length * end)))
        await sleep(50)
        socket.destroy()
      }
      await sleep(50)
      t.equal((await kept()).length, before)
      const cut = await app.http.inject({
        method: 'POST',
        url: path,
        headers: { ...headers, cookie: [...kim.cookies].map(([k, v]) => `${k}=${v}`).join('; ') },
        payload: payload.subarray(0, payload.length - 40),
      })
      t.ok(cut.statusCode >= 400 && cut.statusCode < 500, `${cut.statusCode}`)
      t.equal((await kept()).length, before)
      t.equal((await kim.get(path)).status, 200)
    },
  )

  await t.test('they go with the answers, in the same change, as who sent them', async (t) => {
    for (const { id } of await kept()) await kim.post(`${path}/${id}/remove`)
    const dana = await opened(world, referred)
    t.equal(
      (
        await send(
          [pdf, { name: 'list.txt', type: 'text/plain', bytes: samples['text/plain'] }],
          dana,
        )
      ).statusCode,
      303,
    )
    const form = await dana.get(`/practice/${referred.id}/answer`)
    t.match(textOf(form.html), /2 documents go with the answers/)
    const hidden = (name: string) =>
      new RegExp(`name="${name}" value="([^"]+)"`).exec(form.html)?.[1] ?? ''
    const sent = await dana.post(`/practice/${referred.id}/answer`, {
      do: 'send',
      form: hidden('form'),
      draft: hidden('draft'),
    })
    t.equal(sent.location, `/practice/${referred.id}?done=sent`, textOf(sent.html))
    t.same(await kept(), [], 'nothing waits any more')
    const lakeside = world.client('lakeside-family')
    const { body } = await lakeside.get<Bundle<DocumentReference>>('DocumentReference')
    const added = (body.entry ?? []).flatMap(({ resource }) =>
      resource?.type?.text?.startsWith('Document added') ? [resource] : [],
    )
    t.same(added.map(({ description }) => description).sort(), ['MRI knee.pdf', 'list.txt'])
    t.match(added[0]?.author, [{ display: 'Dana Cole, nurse, through a link' }])
    const task = await lakeside.get<Task>(`Task/${referred.taskId}`)
    t.equal(
      task.body.businessStatus?.coding?.[0]?.code,
      'awaiting-triage',
      'the clinic has it again',
    )
    const nora = await entered(app, {
      role: 'clinic',
      organization: 'river-pain-clinic',
      person: { id: 'x|nora', name: 'Nora Lind, RN' },
    })
    const page = await nora.get(`/referrals/${referred.id}`)
    t.match(textOf(page.html), /Dana Cole, nurse, through a link/)
    t.match(textOf(page.html), /Amitriptyline 25 mg for 8 weeks/)
    const file = added.find(({ description }) => description === 'MRI knee.pdf')
    const saved = await nora.get(`/referrals/${referred.id}/files/DocumentReference/${file?.id}/0`)
    t.equal(saved.headers['content-type'], 'application/pdf')
    t.match(saved.headers['content-disposition'], /^attachment/)
    t.equal(saved.html, samples['application/pdf'].toString())
    const late = await send([pdf], dana)
    t.equal(late.statusCode, 422, 'nothing is asked any more')
  })
})

/** Somebody of the practice, by a link. */
async function opened(world: World, referred: Referred): Promise<Visitor> {
  const browser = visitor(world.app.http)
  await browser.get(`/answer/${await linkFor(referred)}`)
  await browser.post('/answer/open', {
    name: 'Dana Cole',
    role: 'nurse',
    'birth-date': '1978-06-14',
  })
  await browser.get(`/practice/${referred.id}`)
  return browser
}
