/**
 * Generated plans for a runtime under test: right providers that refuse now and then, maps,
 * elements, in any order.
 */
import { BPF_MAP_TYPE_SAMPLE_HASH_MAP, DRAFT_FIRST_EXTENSION_MAP_TYPE } from '../abi/map-types.ts';
import { sequential, type Plan } from '../trace/plan.ts';
import { generateRuntimeOperations } from './generate.ts';

/** The same seed gives the same plans. */
export const generateRuntimePlans = (
  revision: 'merged' | 'draft',
  options: { seed: number; count: number; from?: number },
): (Plan & { suite: string; generated: true })[] => {
  const own = revision === 'draft' ? DRAFT_FIRST_EXTENSION_MAP_TYPE : BPF_MAP_TYPE_SAMPLE_HASH_MAP;
  if (options.count === 0) return [];
  return generateRuntimeOperations(own, options).map((operations, index) => ({
    ...sequential(`generated for a runtime (${(options.from ?? 0) + index + 1})`, operations),
    suite: 'concurrency',
    probes: [],
    generated: true as const,
  }));
};
