/**
 * LIFE-007, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Map Lifecycle
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { livesOf } from '../state/map-lives.ts';
import { inOrder } from '../state/in-order.ts';
import { isCleanup, isOfMap, mapDelete } from './map-ends.ts';

/** LIFE-007: a map is not destroyed while somebody refers to it. */
const watchReferences: Watch = (say, trace) => {
  const { book: lives, handlers } = livesOf(trace);
  const early = new Map<string, number>();
  const started = new Map<number, number>();
  return inOrder(handlers, {
    'operation-started': (event) => void started.set(event.op, event.seq),
    'callback-entered': (event) => {
      const life = lives.of(event.map);
      if (!life || !isOfMap(event) || (event.callback !== mapDelete && !isCleanup(event))) return;
      if (life.references <= 0) say.exercised();
      else if (!early.has(life.map)) early.set(life.map, event.seq);
    },
    'operation-ended': (event) => {
      const { operation } = event;
      const life = lives.mapOf(event.op);
      if (!life || operation.op === 'create') return;
      if (operation.op === 'close' && !event.skipped && life.references > 0) say.exercised();
      // All handles are closed when processes end, without an operation; only somebody who goes on
      // was robbed.
      const seq = early.get(life.map);
      if (seq === undefined || (started.get(event.op) ?? 0) < seq) return;
      say.violated(
        { seq },
        'a map lives as long as a handle, pin or program refers to it',
        `${life.map} was destroyed with ${Math.max(life.references, 1)} reference(s) left, and ` +
          `${operation.op} came afterwards`,
      );
      early.delete(life.map);
    },
  });
};

export const rule: Requirement = {
  id: 'LIFE-007',
  asks: 'A map and its binding live as long as any handle, pin or program refers to the map.',
  passing: 'No map was destroyed before its last reference was dropped.',
  look: 'Reference counts of maps.',
  watch: watchReferences,
  owns: ['hold'],
};
