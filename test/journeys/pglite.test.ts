import t from 'tap'
import { embedded } from '../helpers/engines.ts'
import { journeys } from './journeys.ts'

await journeys(t, embedded)
