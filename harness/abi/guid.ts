/**
 * GUIDs as the project writes them (lower-case text, no braces), their sixteen bytes in memory, and
 * those the contract names (docs/contract/LAYOUTS.md).
 */

/** NPI id under which map providers register (REG-001). */
export const EBPF_MAP_INFO_EXTENSION_IID = '3c2b0f4e-8b0e-4e5e-8e1b-7f4b1f0e1f0e';
/** Other NPI ids of the platform: a registration under one of them is no map provider. */
export const EBPF_PROGRAM_INFO_EXTENSION_IID = '2934ad50-2154-44b6-9622-6c528c068411';
export const EBPF_HOOK_EXTENSION_IID = '5d564054-2736-406d-8b22-12bcffaf0a9f';

export const EBPF_PROGRAM_TYPE_UNSPECIFIED = '00000000-0000-0000-0000-000000000000';
export const EBPF_PROGRAM_TYPE_XDP = 'f1832a85-85d5-45b0-98a0-7069d63013b0';
export const EBPF_PROGRAM_TYPE_BIND = '608c517c-6c52-4a26-b677-bb1c34425adf';
export const EBPF_PROGRAM_TYPE_CGROUP_SOCK_ADDR = '92ec8e39-aeec-11ec-9a30-18602489beee';
export const EBPF_PROGRAM_TYPE_SOCK_OPS = '43fb224d-68f8-46d6-aa3f-c856518cbb32';
export const EBPF_PROGRAM_TYPE_SAMPLE = 'f788ef4a-207d-4dc3-85cf-0f2ea107213c';
export const EBPF_PROGRAM_TYPE_XDP_TEST = 'ce8ccef8-4241-4975-984d-bb3921dfa73c';
/** One digit away from EBPF_PROGRAM_TYPE_SAMPLE: a provider that compares sloppily accepts it. */
export const EBPF_ATTACH_TYPE_SAMPLE = 'f788ef4b-207d-4dc3-85cf-0f2ea107213c';

export const SAMPLE_MAP_PROVIDER_MODULE_ID = 'f788ef4b-207d-4dc4-85cf-0f2ea107213c';
export const XSKMAP_PROVIDER_MODULE_ID = '1b8c9ddd-9722-467c-b2b0-4ffa7fb7fe84';

/**
 * The program types the platform knows, by C name; what a provider is probed with
 * (docs/contract/PROFILE.md).
 */
export const PROGRAM_TYPES = {
  EBPF_PROGRAM_TYPE_XDP,
  EBPF_PROGRAM_TYPE_BIND,
  EBPF_PROGRAM_TYPE_CGROUP_SOCK_ADDR,
  EBPF_PROGRAM_TYPE_SOCK_OPS,
  EBPF_PROGRAM_TYPE_SAMPLE,
  EBPF_PROGRAM_TYPE_XDP_TEST,
} as const;

const guidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether the value is a GUID as the project writes it: lower case, five groups, no braces. */
export const isGuid = (value: unknown): value is string =>
  typeof value === 'string' && guidPattern.test(value);

/**
 * Position in memory of each byte of the text: Data1, Data2 and Data3 are little endian, Data4 is a
 * byte array.
 */
const memoryOrder = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const;

/** The sixteen bytes of a GUID in memory. */
export const guidToBytes = (guid: string): Uint8Array => {
  if (!isGuid(guid)) {
    throw new RangeError(
      `"${guid}" is no GUID: write it as ${EBPF_MAP_INFO_EXTENSION_IID}, in lower case`,
    );
  }
  const digits = guid.replaceAll('-', '');
  const bytes = new Uint8Array(16);
  memoryOrder.forEach((position, index) => {
    bytes[position] = Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16);
  });
  return bytes;
};

/** The text of the GUID whose sixteen bytes these are. */
export const guidFromBytes = (bytes: Uint8Array): string => {
  if (bytes.length !== 16) {
    throw new RangeError(`a GUID has 16 bytes, not ${bytes.length}: pass exactly the bytes of one`);
  }
  const digits = memoryOrder
    .map((position) => bytes[position]!.toString(16).padStart(2, '0'))
    .join('');
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20),
  ].join('-');
};
