/** Was every promise kept? One pure function over the history of a run. */

import type { Breach, History, Invariant, Judge } from './history.ts'
import {
  auditComplete,
  boundedProcess,
  isolation,
  labelsKept,
  onlyAllowedPeers,
} from './judge-guards.ts'
import { atomicIntake, noDuplicateIntake, noLoss, noLostUpdate, noReplay } from './judge-intake.ts'
import { closedLoop, notifications, safeScreening } from './judge-referrer.ts'
import { onceInEffect, politeness, singleOwner, statusMonotonic } from './judge-work.ts'

/** By the numbers of the requirements: each gives a sentence for everything that is not as promised. */
export const invariants: Readonly<Record<Invariant, Judge>> = {
  'INV-1': noLoss,
  'INV-2': noDuplicateIntake,
  'INV-3': atomicIntake,
  'INV-4': onceInEffect,
  'INV-5': statusMonotonic,
  'INV-6': singleOwner,
  'INV-7': noLostUpdate,
  'INV-8': notifications,
  'INV-9': noReplay,
  'INV-10': closedLoop,
  'INV-11': auditComplete,
  'INV-12': safeScreening,
  'INV-13': politeness,
  'INV-14': isolation,
  'INV-15': labelsKept,
  'INV-16': boundedProcess,
  'INV-17': onlyAllowedPeers,
}

/** @returns every breach; empty when all is as promised */
export const judge = (history: History): readonly Breach[] =>
  Object.entries(invariants).flatMap(([invariant, each]) =>
    each(history).map((what) => ({ invariant: invariant as Invariant, what })),
  )
