/**
 * REG-003, a MUST for the provider.
 * Source: docs/eBpfExtensions.md#2.7;
 * libs/execution_context/ebpf_maps.c:_ebpf_custom_map_client_attach_provider
 */
import type { Requirement, Watch } from '../../harness/index.ts';

/**
 * REG-003: the three structures can be read and stay as they are until deregistration completes.
 */
const watchStructures: Watch = (say) => {
  const live = new Set<string>();
  return {
    registered: (event) => {
      if (event.inert) return;
      if (event.status === 'STATUS_SUCCESS') live.add(event.registration);
      say.exercised();
      const { data, unreadable } = event.facts;
      if (data && !unreadable) return;
      say.violated(
        event,
        'NpiSpecificCharacteristics points to a readable ebpf_map_provider_data_t',
        unreadable ?? 'it is NULL',
      );
    },
    // The registrar reads the structures anew at every attach and at deregistration.
    'callback-entered': (event) => {
      if (event.callback === 'ProviderAttachClient' && live.has(event.registration ?? ''))
        say.exercised();
    },
    'registration-changed': (event) => {
      const paths = event.paths.filter((path) => path === 'data' || path.startsWith('data.'));
      if (!live.has(event.registration) || (paths.length === 0 && !event.unreadable)) return;
      say.violated(
        event,
        'provider data, properties and dispatch table stay valid and unchanged until deregistration completes',
        event.unreadable ?? `${paths.map(nameOf).join(', ')} changed (seen at ${event.when})`,
      );
    },
    deregistered: ({ registration }) => void live.delete(registration),
  };
};

const nameOf = (path: string): string =>
  path
    .replace(/^data\.base_provider_table\.functions\./, 'the function in ')
    .replace(/^data\./, '')
    .replace(/^data$/, 'the provider data');

export const rule: Requirement = {
  id: 'REG-003',
  asks:
    'Provider data, properties and dispatch table can be read, and stay as they were, ' +
    'until deregistration is complete.',
  passing:
    'The structures were read again at every attach, creation, deregistration, wait for its end and after stop, and were the same.',
  look:
    'Where the structures live: static memory, not the stack of the start routine, and ' +
    'nothing that is changed later.',
  watch: watchStructures,
};
