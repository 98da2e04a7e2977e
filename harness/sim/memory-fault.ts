/** What a refused access to memory is called. */
import type { MemoryFault } from '../provider/port.ts';
import type { Misuse } from '../trace/misuse.ts';

/** The kind of misuse that an access of this kind is. */
export const faultMisuse: Record<MemoryFault['fault'], Misuse> = {
  null: 'null-access',
  freed: 'use-after-free',
  bounds: 'out-of-bounds',
  unmapped: 'bad-access',
  'read-only': 'write-to-map',
  'epoch-value': 'value-used-after-epoch',
};

/** What was wrong with an access, in words. */
export const faultText: Record<MemoryFault['fault'], string> = {
  null: 'the address is NULL',
  freed: 'the memory was freed and its epoch is over',
  bounds: 'it reaches beyond the block',
  unmapped: 'the address belongs to no block',
  'read-only': 'the memory belongs to the runtime and is read-only',
  'epoch-value': 'the value was handed out by find_element_function for an epoch that is over',
};
