import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { HEADERS, LAYOUTS } from './layout.ts';

/** The members as C declares them; the compiler, not this file, knows where they come to lie. */
const declarations = `
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
typedef void (*fn)(void);
typedef struct { uint32_t Data1; uint16_t Data2, Data3; uint8_t Data4[8]; } GUID;
typedef struct { uint16_t version; size_t size, total_size; } ebpf_extension_header_t;
#define H ebpf_extension_header_t header;
typedef struct { H uint32_t map_type, base_map_type; void *base_properties, *base_provider_table; }
  ebpf_map_provider_data_t;
typedef struct { H bool updates_original_value; } ebpf_base_map_provider_properties_t;
typedef struct { H fn preprocess_map_create, postprocess_map_delete, preprocess_associate_program_type,
  postprocess_map_find_element, preprocess_map_update_element, preprocess_map_delete_element,
  postprocess_map_delete_element; } ebpf_base_map_provider_dispatch_table_t;
typedef struct { H uint64_t map_context_offset; void* base_client_table; } ebpf_map_client_data_t;
typedef struct { H fn find_element_function, epoch_enter, epoch_exit, epoch_allocate_with_tag,
  epoch_allocate_cache_aligned_with_tag, epoch_free, epoch_free_cache_aligned; } ebpf_base_map_client_dispatch_table_t;
typedef uint64_t epoch_state_t[4];
typedef enum { A } any_enum;
typedef struct { any_enum type; uint32_t key_size, value_size, max_entries, inner_map_id; any_enum pinning; }
  ebpf_map_definition_in_memory_t;
typedef struct { any_enum type; uint32_t key_size, value_size, max_entries, inner_map_idx; any_enum pinning;
  uint32_t id, inner_id; } ebpf_map_definition_in_file_t;
typedef struct { uint16_t Length; any_enum Type; union { GUID Guid; struct { uint32_t Low; int32_t High; } IfLuid; }; }
  NPI_MODULEID;
typedef struct { uint16_t Version, Size; void *NpiId, *ModuleId; uint32_t Number; void* NpiSpecificCharacteristics; }
  NPI_REGISTRATION_INSTANCE;
typedef struct { uint16_t Version, Length; fn ProviderAttachClient, ProviderDetachClient, ProviderCleanupBindingContext;
  NPI_REGISTRATION_INSTANCE ProviderRegistrationInstance; } NPI_PROVIDER_CHARACTERISTICS;
typedef struct { uint16_t Version, Length; fn ClientAttachProvider, ClientDetachProvider, ClientCleanupBindingContext;
  NPI_REGISTRATION_INSTANCE ClientRegistrationInstance; } NPI_CLIENT_CHARACTERISTICS;
`;

const assertionsOf = (
  layouts: Record<string, { size: number; fields: Record<string, number> }>,
): string =>
  Object.entries(layouts)
    .flatMap(([struct, { size, fields }]) => [
      `_Static_assert(sizeof(${struct}) == ${size}, "sizeof ${struct}");`,
      ...Object.entries(fields).map(
        ([field, offset]) =>
          `_Static_assert(offsetof(${struct}, ${field}) == ${offset}, "${struct}.${field}");`,
      ),
    ])
    .join('\n');

const compile = (source: string): { status: number | null; stderr: string } =>
  spawnSync('cc', ['-std=c11', '-fsyntax-only', '-x', 'c', '-'], {
    input: source,
    encoding: 'utf8',
  });

const compilerFound = spawnSync('cc', ['--version']).status === 0 && process.arch.endsWith('64');

test.runIf(compilerFound)('a C compiler agrees with every size and offset', () => {
  expect(compile(declarations + assertionsOf(LAYOUTS)).stderr).toBe('');
});

test.runIf(compilerFound)('a C compiler refuses a wrong offset', () => {
  const wrong = { NPI_MODULEID: { size: 24, fields: { Guid: 4 } } };
  const { status, stderr } = compile(declarations + assertionsOf(wrong));
  expect(status).not.toBe(0);
  expect(stderr).toContain('NPI_MODULEID.Guid');
});

test('members lie in order and inside the structure', () => {
  for (const [struct, { size, fields }] of Object.entries(LAYOUTS)) {
    const offsets = Object.values<number>(fields);
    expect(offsets, struct).toEqual(offsets.toSorted((a, b) => a - b));
    for (const offset of offsets) expect(offset, struct).toBeLessThan(size);
  }
});

test('ABI-002 header.size ends after the last member, total_size is the sizeof', () => {
  for (const [struct, header] of Object.entries(HEADERS)) {
    const { size, fields } = LAYOUTS[struct as keyof typeof HEADERS];
    const last = Math.max(...Object.values<number>(fields));
    expect(header.total_size, struct).toBe(size);
    expect(header.size - last, struct).toBe(struct.endsWith('properties_t') ? 1 : 8);
  }
});
