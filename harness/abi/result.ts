/**
 * ebpf_result_t and the NTSTATUS values that cross the boundary, in C spelling
 * (docs/contract/LAYOUTS.md).
 */

/**
 * Names of ebpf_result_t, in value order: the index is the value.
 * @example EBPF_RESULTS.includes('EBPF_KEY_NOT_FOUND'); // true
 */
export const EBPF_RESULTS = [
  'EBPF_SUCCESS',
  'EBPF_VERIFICATION_FAILED',
  'EBPF_JIT_COMPILATION_FAILED',
  'EBPF_PROGRAM_LOAD_FAILED',
  'EBPF_INVALID_FD',
  'EBPF_INVALID_OBJECT',
  'EBPF_INVALID_ARGUMENT',
  'EBPF_OBJECT_NOT_FOUND',
  'EBPF_OBJECT_ALREADY_EXISTS',
  'EBPF_FILE_NOT_FOUND',
  'EBPF_ALREADY_PINNED',
  'EBPF_NOT_PINNED',
  'EBPF_NO_MEMORY',
  'EBPF_PROGRAM_TOO_LARGE',
  'EBPF_RPC_EXCEPTION',
  'EBPF_ALREADY_INITIALIZED',
  'EBPF_ELF_PARSING_FAILED',
  'EBPF_FAILED',
  'EBPF_OPERATION_NOT_SUPPORTED',
  'EBPF_KEY_NOT_FOUND',
  'EBPF_ACCESS_DENIED',
  'EBPF_BLOCKED_BY_POLICY',
  'EBPF_ARITHMETIC_OVERFLOW',
  'EBPF_EXTENSION_FAILED_TO_LOAD',
  'EBPF_INSUFFICIENT_BUFFER',
  'EBPF_NO_MORE_KEYS',
  'EBPF_KEY_ALREADY_EXISTS',
  'EBPF_NO_MORE_TAIL_CALLS',
  'EBPF_PENDING',
  'EBPF_OUT_OF_SPACE',
  'EBPF_CANCELED',
  'EBPF_INVALID_POINTER',
  'EBPF_TIMEOUT',
  'EBPF_STALE_ID',
  'EBPF_INVALID_STATE',
] as const;

/** A result the runtime itself answers with. */
export type EbpfResult = (typeof EBPF_RESULTS)[number];

/** NTSTATUS values by name (unsigned 32 bits). */
export const NTSTATUS = {
  STATUS_SUCCESS: 0x00000000,
  STATUS_PENDING: 0x00000103,
  STATUS_TIMEOUT: 0x00000102,
  STATUS_UNSUCCESSFUL: 0xc0000001,
  STATUS_NOT_IMPLEMENTED: 0xc0000002,
  STATUS_INVALID_HANDLE: 0xc0000008,
  STATUS_INVALID_PARAMETER: 0xc000000d,
  STATUS_NO_MEMORY: 0xc0000017,
  STATUS_ACCESS_DENIED: 0xc0000022,
  STATUS_REVISION_MISMATCH: 0xc0000059,
  STATUS_INSUFFICIENT_RESOURCES: 0xc000009a,
  STATUS_DEVICE_NOT_READY: 0xc00000a3,
  STATUS_NOT_SUPPORTED: 0xc00000bb,
  STATUS_CANCELLED: 0xc0000120,
  STATUS_INVALID_DEVICE_STATE: 0xc0000184,
  STATUS_NOT_FOUND: 0xc0000225,
  STATUS_DRIVER_UNABLE_TO_LOAD: 0xc000026c,
  STATUS_NOINTERFACE: 0xc00002b9,
} as const;

const resultValues = new Map<string, number>(EBPF_RESULTS.map((name, value) => [name, value]));
const statusNames = new Map<number, string>(
  Object.entries(NTSTATUS).map(([name, value]) => [value, name]),
);

const hex32 = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, '0')}`;

/**
 * What a subject answered where an ebpf_result_t is due: the C name, `0x%08x` for a number outside
 * the enum, or null when it is neither a number nor a known name.
 */
export const readResult = (answer: unknown): string | null => {
  if (typeof answer === 'string') return resultValues.has(answer) ? answer : readStatus(answer);
  if (typeof answer === 'bigint') return readResult(Number(answer));
  if (typeof answer !== 'number' || !Number.isInteger(answer)) return null;
  return EBPF_RESULTS[answer] ?? hex32(answer);
};

/** As readResult, for an NTSTATUS. */
export const readStatus = (answer: unknown): string | null => {
  if (typeof answer === 'string') return answer in NTSTATUS ? answer : null;
  if (typeof answer === 'bigint') return readStatus(Number(answer));
  if (typeof answer !== 'number' || !Number.isInteger(answer)) return null;
  return statusNames.get(answer >>> 0) ?? hex32(answer);
};

/**
 * The 32-bit value of a result or status name (or `0x…` text). Throws on an unknown name.
 * @example valueOf('EBPF_INVALID_ARGUMENT');
 */
export const valueOf = (name: string): number => {
  const value =
    resultValues.get(name) ??
    (NTSTATUS as Record<string, number>)[name] ??
    (/^0x[0-9a-f]{1,8}$/.test(name) ? Number(name) : undefined);
  if (value === undefined) throw new RangeError(`no ebpf_result_t or NTSTATUS is named ${name}`);
  return value;
};

/**
 * NT_SUCCESS of an NTSTATUS name: the sign bit is clear. STATUS_PENDING is a success by it.
 * @example isNtSuccess('STATUS_PENDING'); // true
 */
export const isNtSuccess = (status: string): boolean => (valueOf(status) | 0) >= 0;

/**
 * Whether the text names a member of ebpf_result_t.
 * @example isEbpfResult('STATUS_SUCCESS'); // false
 */
export const isEbpfResult = (name: string): name is EbpfResult => resultValues.has(name);
