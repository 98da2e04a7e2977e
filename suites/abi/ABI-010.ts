/**
 * ABI-010, a MUST for the runtime.
 * Source: include/ebpf_windows.h:EBPF_MAP_CLIENT_DATA_HEADER,
 * EBPF_BASE_MAP_CLIENT_DISPATCH_TABLE_HEADER
 */
import { CLIENT_FUNCTIONS } from '../../harness/abi/callbacks.ts';
import type { Requirement, Watch } from '../../harness/index.ts';
import { variantOf } from '../registration/clients.ts';

/** ABI-010. */
const watchClientStructures: Watch = (say, trace) => ({
  'callback-entered': (event) => {
    if (event.callback !== 'ProviderAttachClient' || event.direct || variantOf(trace, event.op))
      return;
    say.exercised();
    const { data, table, members } = event.client ?? { data: null, table: null };
    const wrong = [
      ...(!data ? ['the client data is NULL'] : []),
      ...(data && (data.version !== 1 || data.size < 40 || data.total_size < 40)
        ? [
            `client data of version ${data.version}, size ${data.size}, total_size ${data.total_size}`,
          ]
        : []),
      ...(!table ? ['the client table is NULL'] : []),
      ...(table && (table.version !== 1 || table.size < 80 || table.total_size < 80)
        ? [
            `a client table of version ${table.version}, size ${table.size}, total_size ${table.total_size}`,
          ]
        : []),
      ...(members
        ? CLIENT_FUNCTIONS.filter((name) => !members.includes(name)).map(
            (name) => `${name} is NULL`,
          )
        : []),
    ];
    if (wrong.length === 0) return;
    say.violated(
      event,
      'client data of version 1 and size 40, a client table of version 1 and size 80, all seven functions set',
      wrong.join(', '),
    );
  },
});

export const rule: Requirement = {
  id: 'ABI-010',
  asks:
    'The runtime shows client data of version 1, size 40, and a client table of version ' +
    '1, size 80, with seven functions. Larger is fine.',
  passing: 'Providers inspected the structures at every attach.',
  look: 'The initialisers of the client data and table.',
  watch: watchClientStructures,
};
