/**
 * Bytes that the buffers of a finished call are overwritten with, each kind its own: whoever kept a
 * buffer and reads it later gives himself away. The guarded buffers of harness/adapters use the
 * same.
 */
import type { BufferName } from './damage.ts';

const staleBytes = { key: 'b1', in_value: 'b2', value: 'b3', out_value: 'b4' } as const;

/** The kind of buffer that an address was read from after its call; null for other addresses. */
export const staleSource = (address: bigint): BufferName | null => {
  const digits = address.toString(16);
  for (const name of ['in_value', 'value', 'out_value', 'key'] as const)
    if (digits.startsWith(staleBytes[name].repeat(4))) return name;
  return null;
};
