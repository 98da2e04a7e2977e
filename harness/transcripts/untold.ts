/** What recordings of eBPFCore through a recording provider cannot show, whatever they contain. */

const process = 'the process that a callback ran in was not recorded';
const pins = 'handles and pins were not the real ones; only references were counted';
const memory = 'what the runtime read and wrote in the structures of the provider was not recorded';

/** Rules that these recordings leave open, each with the reason. */
export const UNTOLD: Readonly<Record<string, string>> = {
  'PROC-001': process,
  'PIN-001': pins,
  'PIN-002': pins,
  'ABI-012': memory,
  'ABI-014': memory,
  'CTX-001': 'map_context_offset was not recorded at attach',
  'EPOCH-011': 'epochs ended after every call, so nothing could be seen to be reused too early',
  'CONC-003': 'all steps ran one after the other',
  'CRUD-UPD-018': 'no step is a batch of updates',
};
