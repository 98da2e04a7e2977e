/** Every plan for a runtime under test, hand-written and generated. */
import { BPF_MAP_TYPE_SAMPLE_HASH_MAP, DRAFT_FIRST_EXTENSION_MAP_TYPE } from '../abi/map-types.ts';
import type { Plan } from '../trace/plan.ts';
import { generateRuntimePlans } from './generate-runtime.ts';
import { runtimeElementPlans } from './runtime-element-plans.ts';
import { runtimeLifePlans } from './runtime-life-plans.ts';
import { runtimeOperationPlans } from './runtime-operation-plans.ts';

export type RuntimePlan = Plan & { suite: string; generated?: true };

const ownTypeOf = (revision: 'merged' | 'draft'): number =>
  revision === 'draft' ? DRAFT_FIRST_EXTENSION_MAP_TYPE : BPF_MAP_TYPE_SAMPLE_HASH_MAP;

/** Hand-written plans first. The same seed gives the same plans. */
export const runtimePlans = (
  revision: 'merged' | 'draft',
  { seed = 1, generated = 0 }: { seed?: number; generated?: number } = {},
): RuntimePlan[] => [
  ...runtimeLifePlans(revision),
  ...runtimeElementPlans(revision),
  ...runtimeOperationPlans(ownTypeOf(revision)),
  ...generateRuntimePlans(revision, { seed, count: generated }),
];
