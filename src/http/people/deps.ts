/** What a page route is given. */

import type { FastifyInstance } from 'fastify'
import type { ServerDeps } from '../deps.ts'
import type { TakePlace } from '../places.ts'
import type { NoteRefusal } from '../refusals.ts'
import type { PeopleDeps } from './people.ts'

export interface PageDeps extends Omit<ServerDeps, 'people'> {
  readonly people: PeopleDeps
  readonly noteRefusal: NoteRefusal
  readonly takePlace: TakePlace
}

/** A file of src/http/people that adds routes; they are closed to who is not signed in unless they say otherwise. */
export type PageRoutes = (app: FastifyInstance, deps: PageDeps) => void
