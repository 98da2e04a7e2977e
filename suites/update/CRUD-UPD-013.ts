/**
 * CRUD-UPD-013, a MUST for the provider.
 * Source: docs/CustomMaps.md#Concurrency and IRQL (reference counts)
 */
import type { Condition, Requirement } from '../../harness/index.ts';
import { watchLedger } from '../state/blame.ts';
import { inOrder } from '../state/in-order.ts';
import { evidence, updatesAndDeletes } from './conditions.ts';
import { watchRetaken } from './retaken.ts';

const allowsDuplicates: Condition = {
  holds: ({ profile }) => profile.duplicatesAllowed !== false,
  otherwise: [
    {
      by: 'declared',
      on: 'duplicatesAllowed',
      why: 'the profile declares that a value cannot be stored twice (duplicatesAllowed)',
    },
    {
      by: 'probed',
      on: 'duplicatesAllowed',
      why: 'a value that was stored already was refused: if that is meant, declare duplicatesAllowed: false',
    },
  ],
};

export const rule: Requirement = {
  id: 'CRUD-UPD-013',
  asks:
    'The same value may stand under several keys and be stored again: n accepted updates ' +
    'are balanced by n releases. What a map took under a key it takes there again.',
  passing:
    `With a value under two keys, and stored again over itself, the resource stayed ` +
    `valid until its last release. ${evidence}`,
  look: 'reference counting: does a replace by the same value acquire before it releases?',
  applies: [...updatesAndDeletes, allowsDuplicates],
  watch: (say, trace) =>
    inOrder(
      watchLedger(
        ['duplicate'],
        'a value stored n times is released n times and stays valid in between',
      )(say, trace),
      watchRetaken('a value that a map took under a key it takes there again')(say, trace),
    ),
};
