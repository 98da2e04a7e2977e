/**
 * REG-001, a MUST for the provider.
 * Source: docs/CustomMaps.md#NMR Interface for Extensions; docs/eBpfExtensions.md#2.7
 */
import type { Requirement, Watch } from '../../harness/index.ts';

/** REG-001, judged per start of the module: one registration for maps is enough. */
const watchNpiId: Watch = (say) => {
  let started: { seq: number } | null = null;
  let forMaps = 0;
  let others = 0;
  const conclude = (): void => {
    if (!started || forMaps > 0) return;
    say.violated(
      started,
      'the module registers a provider under the NPI id EBPF_MAP_INFO_EXTENSION_IID',
      others
        ? `it registered ${others} provider(s), all under other NPI ids`
        : 'it registered no provider at all',
    );
  };
  return {
    'callback-entered': (event) => {
      if (event.callback !== 'start') return;
      conclude();
      [started, forMaps, others] = [null, 0, 0];
    },
    registered: (event) => {
      if (event.inert) others += 1;
      else forMaps += 1;
    },
    module: (event) => {
      if (event.what === 'started') started = event;
      if (event.what === 'stopped' && forMaps > 0) say.exercised();
    },
    end: conclude,
  };
};

export const rule: Requirement = {
  id: 'REG-001',
  asks:
    'The module registers a map provider under the NPI id EBPF_MAP_INFO_EXTENSION_IID. ' +
    'Registrations under other NPI ids are its own affair.',
  passing:
    'At least one NmrRegisterProvider call of the module carried the sixteen bytes of that GUID.',
  look:
    'NpiId in the NPI_REGISTRATION_INSTANCE: it must point to the map GUID, not to the ' +
    'one for program information or hooks.',
  watch: watchNpiId,
  strength: 'static',
  owns: ['start'],
};
