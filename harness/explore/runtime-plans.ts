/** Every plan for a runtime under test, hand-written and generated. */
import { BPF_MAP_TYPE_SAMPLE_HASH_MAP, DRAFT_FIRST_EXTENSION_MAP_TYPE } from '../abi/map-types.ts';
import type { Plan } from '../trace/plan.ts';
import { generateRuntimePlans } from './generate-runtime.ts';
import { portionMax, portionsOf } from './portions.ts';
import { runtimeElementPlans } from './runtime-element-plans.ts';
import { runtimeLifePlans } from './runtime-life-plans.ts';
import { runtimeMeanwhilePlans } from './runtime-meanwhile-plans.ts';
import { runtimeOperationPlans } from './runtime-operation-plans.ts';

export type RuntimePlan = Plan & { suite: string; generated?: true };

const ownTypeOf = (revision: 'merged' | 'draft'): number =>
  revision === 'draft' ? DRAFT_FIRST_EXTENSION_MAP_TYPE : BPF_MAP_TYPE_SAMPLE_HASH_MAP;

/**
 * Generated plans beyond those that runtimePlans has, in portions that are made when they are
 * taken.
 */
export function* laterRuntimePlans(
  revision: 'merged' | 'draft',
  { seed, generated }: { seed: number; generated: number },
): Generator<RuntimePlan[]> {
  for (const portion of portionsOf(seed, generated)) {
    if (portion.from > 0) yield generateRuntimePlans(revision, portion);
  }
}

/**
 * Hand-written plans first, then generated ones, a portion at most. The same seed gives the same
 * plans.
 */
export const runtimePlans = (
  revision: 'merged' | 'draft',
  { seed = 1, generated = 0 }: { seed?: number; generated?: number } = {},
): RuntimePlan[] => [
  ...runtimeLifePlans(revision),
  ...runtimeElementPlans(revision),
  ...runtimeOperationPlans(ownTypeOf(revision)),
  ...runtimeMeanwhilePlans(ownTypeOf(revision)),
  ...generateRuntimePlans(revision, { seed, count: Math.min(generated, portionMax) }),
];
