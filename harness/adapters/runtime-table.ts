/** cmc_runtime_t: the C signatures of its members, and which of them a runtime has. */
import { SubjectError } from '../errors/errors.ts';
import { viewMemory, type Signature } from './koffi-binding.ts';
import {
  isRequired,
  RUNTIME_MEMBERS,
  runtimeSizeMin,
  type RuntimeMember,
} from './observer-layout.ts';

const handle = 'uint64_t';
const buffer = 'void*';
const u32 = 'uint32_t';
const size = 'size_t';
const lookup = [handle, buffer, size, buffer, size, u32];

export const runtimeSignatures: Readonly<Record<RuntimeMember, Signature>> = {
  nmr_register_provider: { result: 'int32_t', parameters: [handle, handle, buffer] },
  nmr_deregister_provider: { result: 'int32_t', parameters: [handle] },
  nmr_wait_for_provider_deregister_complete: { result: 'int32_t', parameters: [handle] },
  map_create: { result: 'int32_t', parameters: [u32, u32, u32, u32, buffer, buffer] },
  map_reference: { result: 'void', parameters: [handle] },
  map_close: { result: 'void', parameters: [handle] },
  find: { result: 'int32_t', parameters: lookup },
  update: { result: 'int32_t', parameters: [handle, buffer, size, buffer, size, u32, u32] },
  delete_entry: { result: 'int32_t', parameters: [handle, buffer, size, u32] },
  lookup_and_delete: { result: 'int32_t', parameters: lookup },
  next_key: { result: 'int32_t', parameters: [handle, buffer, size, buffer] },
  associate: { result: 'int32_t', parameters: [handle, buffer] },
  find_element: { result: 'int32_t', parameters: [handle, buffer, buffer] },
  map_context_offset: { result: 'uint64_t', parameters: [] },
  drain: { result: 'void', parameters: [] },
  lock_depth: { result: u32, parameters: [] },
  irql: { result: 'uint8_t', parameters: [] },
  nmr_provider_detach_client_complete: { result: 'void', parameters: [handle] },
  map_pin: { result: 'int32_t', parameters: [handle, buffer] },
  map_unpin: { result: 'int32_t', parameters: [buffer] },
  map_info: { result: 'int32_t', parameters: [handle, buffer] },
  update_batch: {
    result: 'int32_t',
    parameters: [handle, buffer, size, buffer, size, u32, buffer],
  },
  push: { result: 'int32_t', parameters: [handle, buffer, size, u32] },
  pop: { result: 'int32_t', parameters: [handle, buffer, size, u32] },
  peek: { result: 'int32_t', parameters: [handle, buffer, size, u32] },
  update_with_handle: { result: 'int32_t', parameters: [handle, buffer, size, handle, u32] },
  program_load: { result: 'int32_t', parameters: [buffer, buffer, u32, buffer] },
  enter_process: { result: 'void', parameters: [handle] },
  current_process: { result: handle, parameters: [] },
  in_epoch: { result: u32, parameters: [] },
  reclaim: { result: 'void', parameters: [] },
  close: { result: 'void', parameters: [] },
};

/** Members that are there, with their addresses. Throws SubjectError when a required one is not. */
export const membersAt = (table: bigint, name: string): ReadonlyMap<RuntimeMember, bigint> => {
  const head = viewMemory(table, 8);
  const header = new DataView(head.buffer, head.byteOffset, 8);
  const version = header.getUint32(0, true);
  const bytes = header.getUint32(4, true);
  if (version !== 1)
    throw new SubjectError(
      `"${name}" is of version ${version}: this tool knows version 1 of cmc_runtime_t.`,
    );
  if (bytes < runtimeSizeMin) {
    throw new SubjectError(
      `"${name}" shows a cmc_runtime_t of ${bytes} bytes: at least ${runtimeSizeMin} are due.`,
    );
  }
  const count = Math.min(RUNTIME_MEMBERS.length, Math.floor((bytes - 8) / 8));
  const copy = viewMemory(table, 8 + 8 * count).slice();
  const view = new DataView(copy.buffer, copy.byteOffset, copy.length);
  const members = new Map<RuntimeMember, bigint>();
  RUNTIME_MEMBERS.slice(0, count).forEach((member, index) => {
    const address = view.getBigUint64(8 + 8 * index, true);
    if (address !== 0n) members.set(member, address);
    else if (isRequired(member))
      throw new SubjectError(`"${name}" leaves ${member} NULL: it is required.`);
  });
  return members;
};
