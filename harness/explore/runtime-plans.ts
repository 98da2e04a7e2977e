/** Every plan for a runtime under test, hand-written and generated. */
import type { Plan } from '../trace/plan.ts';
import { generateRuntimePlans } from './generate-runtime.ts';
import { runtimeElementPlans } from './runtime-element-plans.ts';
import { runtimeLifePlans } from './runtime-life-plans.ts';

export type RuntimePlan = Plan & { suite: string; generated?: true };

/** Hand-written plans first. The same seed gives the same plans. */
export const runtimePlans = (
  revision: 'merged' | 'draft',
  { seed = 1, generated = 0 }: { seed?: number; generated?: number } = {},
): RuntimePlan[] => [
  ...runtimeLifePlans(revision),
  ...runtimeElementPlans(revision),
  ...generateRuntimePlans(revision, { seed, count: generated }),
];
