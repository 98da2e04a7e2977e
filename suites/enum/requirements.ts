/** ENUM: where map type ids come from. Rules about the header itself are judged by `mapcert registry`. */
import type { Condition, Requirement } from '../../harness/index.ts';
import { when } from '../applies.ts';
import {
  hasWindowsEvidence,
  watchDraftLookup,
  watchDraftRange,
  watchRegisteredType,
  watchWindowsId,
} from './monitors.ts';

const isMerged: Condition = {
  holds: ({ revision }) => revision === 'merged',
  otherwise: [{ by: 'contract', why: 'the draft revision only recommends it' }],
};
const isDraft: Condition = {
  holds: ({ revision }) => revision === 'draft',
  otherwise: [{ by: 'contract', why: 'it is in the draft revision only' }],
};
const isIdKnown: Condition = {
  holds: hasWindowsEvidence,
  otherwise: [
    {
      by: 'data',
      why:
        'the bundled enum does not know the id, no enum header was given, and no name of the map type ' +
        'is declared (mapTypeName)',
    },
  ],
};

const byRegistry = (rule: string): string =>
  `a rule about the header: \`mapcert registry ebpf_structs.h\` ${rule}`;

export const requirements: readonly Requirement[] = [
  {
    id: 'ENUM-001',
    asks: 'Custom map types are entries of the one enum of map types.',
    passing: '`mapcert registry HEADER` finds every map type in bpf_map_type and nowhere else.',
    look: 'Macros and other enums that give a map type its number.',
    untestable: byRegistry('finds types numbered outside bpf_map_type'),
  },
  {
    id: 'ENUM-002',
    asks:
      'The map_type of a provider is registered in the enum, by pull request, before use, ' +
      'and is not one of the runtime’s own.',
    passing:
      'The registered id is a custom type of the enum: of --enum-header where one was ' +
      'given, else of the bundled enum.',
    look:
      'map_type in the provider data, and the pull request that adds it to bpf_map_type. A ' +
      'waiver covers the time before it is merged.',
    applies: when(isMerged),
    watch: watchRegisteredType,
    strength: 'static',
  },
  {
    id: 'ENUM-003',
    asks: 'Values are unique and dense, BPF_MAP_TYPE_MAX is last, and the name arrays match.',
    passing: '`mapcert registry HEADER` counts them.',
    look: 'The entry that was added last, and both name arrays.',
    untestable: byRegistry('checks values and name arrays'),
  },
  {
    id: 'ENUM-004',
    asks: 'No value is renumbered or used again.',
    passing: '`mapcert registry HEADER --base OLD` compares two versions.',
    look: 'The merge that moved an entry.',
    untestable: byRegistry('--base OLD compares two versions'),
  },
  {
    id: 'ENUM-005',
    asks: 'Numbers are those of the Windows header; on Linux the same types have other numbers.',
    passing:
      'The registered id is what the enum gives the declared name (mapTypeName), or is an id of the enum.',
    look: 'Where the number comes from: a Linux header, or a literal copied from one.',
    applies: when(isIdKnown),
    watch: watchWindowsId,
    strength: 'static',
  },
  {
    id: 'ENUM-006',
    asks: 'Nothing: the draft’s split of the numbers is withdrawn.',
    passing: 'Nothing is judged; ids 15 and 16 are custom, 4096 is unregistered.',
    look: 'Nothing.',
    untestable:
      'withdrawn text, kept for traceability; `mapcert registry` names ids of the old ranges',
  },
  {
    id: 'ENUM-007',
    asks: 'Draft revision: the id of an extension is 4096 or above.',
    passing: 'map_type was read from every registration.',
    look: 'map_type in the provider data.',
    applies: when(isDraft),
    watch: watchDraftRange,
    strength: 'static',
  },
  {
    id: 'ENUM-008',
    asks: 'Draft revision: an extension may leave its id out of the enum.',
    passing: 'Nothing to break: `mapcert registry --revision draft` does not require the id.',
    look: 'Nothing.',
    untestable: byRegistry('--revision draft does not require the id'),
  },
  {
    id: 'ENUM-009',
    asks: 'Draft revision: ids of 4096 and above are looked up among the map providers, lower ones never.',
    passing: 'A provider for such an id was attached; one for an unused lower id was not.',
    look: 'The range check in map creation.',
    applies: when(isDraft),
    watch: watchDraftLookup,
  },
];
