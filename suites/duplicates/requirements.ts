/** DUP: what holds when two providers register the same map type. */
import type { Requirement } from '../../harness/index.ts';
import { watchFirstProvider, watchOtherChosen } from './monitors.ts';

export const requirements: readonly Requirement[] = [
  {
    id: 'DUP-001',
    asks: 'Nothing: what happens when two extensions register the same map type id is undefined.',
    passing:
      'Nothing is judged. Scenarios with two providers only look for what DUP-002 and DUP-003 ask.',
    look: 'Nothing.',
    untestable: 'the behaviour is undefined by the design document; any outcome is allowed',
  },
  {
    id: 'DUP-002',
    asks: 'A map instance is bound to at most one provider, the first that attaches successfully.',
    passing:
      'With two providers for one type, exactly one was attached and got preprocess_map_create.',
    look: 'ClientAttachProvider: once bound, it refuses every further provider before attaching it.',
    watch: watchFirstProvider,
  },
  {
    id: 'DUP-003',
    asks: 'A provider bears it that another one is chosen and it is never attached.',
    passing:
      'With another provider serving the maps, the module was registered and stopped, and memory balanced.',
    look: 'The stop routine, and anything that counts on having been attached.',
    watch: watchOtherChosen,
  },
  {
    id: 'DUP-004',
    asks: 'That ids are unique is settled by code review of the enum.',
    passing: 'Nothing at run time: `mapcert registry` checks a header for repeated ids.',
    look: 'The pull request that adds a map type.',
    untestable:
      'a review process, not a behaviour; `mapcert registry HEADER` finds repeated ids in a header',
  },
];
