/** A person's browser without a screen: keeps cookies, follows what a page asks for, and reads its HTML. */

import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { type DefaultTreeAdapterTypes, parse } from 'parse5'
import type { App } from '../../src/app.ts'
import type { Identity } from '../../src/domain/access/session.ts'

interface PageAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly html: string
  /** Where it sends the browser. */
  readonly location: string | undefined
}

type Fields = Readonly<Record<string, string | readonly string[]>>

export interface Visitor {
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<PageAnswer>
  /** Sends a form as a page of ours would, with the token of the last page that had one. */
  post(
    path: string,
    fields?: Fields,
    headers?: Readonly<Record<string, string>>,
  ): Promise<PageAnswer>
  readonly cookies: Map<string, string>
}

/** @param app `world.app.http` */
export function visitor(app: FastifyInstance): Visitor {
  const cookies = new Map<string, string>()
  let token = ''
  const send = async (
    method: 'GET' | 'POST',
    url: string,
    payload?: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<PageAnswer> => {
    const answer = await app.inject({
      method,
      url,
      headers: {
        accept: 'text/html',
        ...(cookies.size > 0
          ? { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') }
          : {}),
        ...headers,
      },
      ...(payload === undefined ? {} : { payload }),
    })
    for (const { name, value, maxAge, expires } of answer.cookies) {
      if (maxAge === 0 || (expires && expires.getTime() === 0)) cookies.delete(name)
      else cookies.set(name, value)
    }
    token = /name="form-token" value="([^"]+)"/.exec(answer.body)?.[1] ?? token
    const { location } = answer.headers
    return {
      status: answer.statusCode,
      headers: answer.headers as PageAnswer['headers'],
      html: answer.body,
      location: typeof location === 'string' ? location : undefined,
    }
  }
  return {
    cookies,
    get: (path, headers) => send('GET', path, undefined, headers),
    post(path, fields = {}, headers = {}) {
      const form = new URLSearchParams({ 'form-token': token })
      for (const [name, values] of Object.entries(fields)) {
        form.delete(name)
        for (const value of [values].flat()) form.append(name, value)
      }
      return send('POST', path, form.toString(), {
        'content-type': 'application/x-www-form-urlencoded',
        'sec-fetch-site': 'same-origin',
        ...headers,
      })
    },
  }
}

/** One of the sandbox's people: `nora-lind`, `amir-haddad`, `sam-okafor`, `kim-example`, `pat-rivera`, `jo-meyer`. */
export async function signedIn(app: FastifyInstance, who: string): Promise<Visitor> {
  const browser = visitor(app)
  const answer = await browser.post('/sign-in/sandbox', { person: `urn:referloop:sandbox|${who}` })
  if (answer.status !== 303) throw new Error(`${who} could not sign in: ${answer.html}`)
  // For the token that its forms bear.
  await browser.get('/worklist/here')
  return browser
}

/**
 * Somebody of any world, the sandbox or not, by a session that is written into its store.
 * @param app `world.app`
 * @param now where the test moves the clock of the service
 */
export async function entered(
  app: App,
  identity: Identity,
  now: Date = new Date(),
): Promise<Visitor> {
  const secret = randomBytes(32).toString('base64url')
  const at = now.toISOString()
  const session = { ...identity, id: randomUUID(), startedAt: at, lastSeenAt: at }
  const digest = createHash('sha256').update(secret).digest('hex')
  await app.storage.sessions.begin(digest, session)
  const browser = visitor(app.http)
  browser.cookies.set('referloop-session', secret)
  await browser.get('/worklist/here')
  return browser
}

type Node = DefaultTreeAdapterTypes.Node
type Element = DefaultTreeAdapterTypes.Element

/** Every node of a page, in the order of the page. */
export function nodesOf(html: string): readonly Node[] {
  const found: Node[] = []
  const walk = (node: Node): void => {
    found.push(node)
    if ('childNodes' in node) for (const child of node.childNodes) walk(child)
  }
  walk(parse(html))
  return found
}

/** Every element of a page. */
export const elementsOf = (html: string): readonly Element[] =>
  nodesOf(html).filter((node) => 'tagName' in node)

export const attributeOf = (element: Element, name: string): string | undefined =>
  element.attrs.find((attribute) => attribute.name === name)?.value

/** The text of a page as it is read, without its markup. */
export function textOf(html: string): string {
  const parts: string[] = []
  const walk = (node: Node): void => {
    if (node.nodeName === '#text' && 'value' in node) parts.push(node.value)
    if ('childNodes' in node) for (const child of node.childNodes) walk(child)
  }
  walk(parse(html))
  return parts.join(' ').replace(/\s+/g, ' ').trim()
}
