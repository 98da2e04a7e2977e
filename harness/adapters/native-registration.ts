/** One NMR registration of a native module: its structures read, its three entry points called. */
import { readStatus } from '../abi/result.ts';
import type { AttachCall, AttachOutcome, Registration } from '../provider/port.ts';
import type { CallBuffers } from './call-buffers.ts';
import { addressOf, functionAt, type Signature } from './koffi-binding.ts';
import { nativeClient, type NativeClient } from './native-client-table.ts';
import { callNative } from './native-crossing.ts';
import { factsReader, readDispatch, readEntryPoints } from './native-facts.ts';
import type { NativeMemory } from './native-memory.ts';
import { addressBytes, addressIn, contextOf, nativeTable } from './native-table.ts';

/** The memory that every run of this process uses. */
export type World = { memory: NativeMemory; buffers: CallBuffers };

const pointer = 'uint64_t';
const attachSignature: Signature = {
  result: 'int32_t',
  parameters: [pointer, pointer, pointer, pointer, pointer, pointer, pointer],
};
const detachSignature: Signature = { result: 'int32_t', parameters: [pointer] };
const cleanupSignature: Signature = { result: 'void', parameters: [pointer] };

/** What an untouched out parameter of attach holds: never a pointer that somebody means. */
const untouched = 0x0bad_c0de_0bad_c0den;

const statusOf = (answer: unknown): string => readStatus(answer) ?? 'not a result';

/** One registration, read anew each time its structures matter. */
export const nativeRegistration = (
  characteristics: bigint,
  context: bigint,
  parts: World,
): Registration => {
  const { buffers } = parts;
  const shown = new Map<bigint, NativeClient>();
  // Entry points are the registrar's copy, made at registration.
  const entry = readEntryPoints(characteristics) ?? { attach: 0n, detach: 0n, cleanup: 0n };
  const withContext = (address: bigint, signature: Signature, held: unknown): unknown =>
    callNative(() => functionAt(address, signature)(addressOf(held)));
  return {
    facts: factsReader(characteristics),
    attach: (call) => {
      const client = nativeClient(call, buffers);
      shown.set(call.bindingHandle, client);
      return attach(entry.attach, call, { client, context, buffers });
    },
    detach: (held) => ({
      result: statusOf(withContext(entry.detach, detachSignature, held)),
      damage: buffers.written(),
    }),
    cleanup: (held) => {
      withContext(entry.cleanup, cleanupSignature, held);
      return { result: null, damage: buffers.written() };
    },
    table: () => nativeTable(readDispatch(characteristics), parts),
    retire: (handle) => {
      shown.get(handle)?.retire();
      shown.delete(handle);
    },
  };
};

const attach = (
  address: bigint,
  call: AttachCall,
  parts: { client: NativeClient; context: bigint; buffers: CallBuffers },
): AttachOutcome => {
  const { client, context, buffers } = parts;
  const binding = buffers.lendBox('map_context', addressBytes(untouched));
  const dispatch = buffers.lendBox('map_context', addressBytes(untouched));
  try {
    const answer = callNative(() =>
      functionAt(address, attachSignature)(
        call.bindingHandle,
        context,
        client.instance,
        call.clientBindingContext,
        client.dispatch,
        binding.address,
        dispatch.address,
      ),
    );
    const [held, table] = [binding, dispatch].map((box) => addressIn(buffers.bytes(box)));
    return {
      result: statusOf(answer),
      damage: [binding, dispatch].flatMap((box) => buffers.inspect(box)),
      context: held === untouched ? null : contextOf(held!),
      wroteContext: held !== untouched,
      dispatch: table === untouched ? null : contextOf(table!),
      wroteDispatch: table !== untouched,
    };
  } finally {
    buffers.retire('ProviderAttachClient', [binding, dispatch]);
  }
};
