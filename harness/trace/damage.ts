/** What a call of the subject may do to the buffers around it. */

/**
 * Harm seen on buffers around one callback.
 * @example const damage: Damage = { what: 'overrun', buffer: 'out_value', offset: 8 };
 */
export type Damage =
  | { what: 'modified'; buffer: BufferName }
  /** Bytes outside [out, out + size) changed. */
  | { what: 'overrun'; buffer: BufferName; offset: number }
  /** The buffer was released (its ArrayBuffer detached, or freed natively). */
  | { what: 'released'; buffer: BufferName }
  /** Contents of a buffer of an earlier call showed up, or changed, after that call returned. */
  | { what: 'kept'; buffer: BufferName; callback: string; how: 'read' | 'written' }
  /** Memory outside what was handed over was touched (guard page, bounds of the address space). */
  | { what: 'touched'; buffer: BufferName | 'unknown'; offset: number };

/**
 * A buffer or structure that a callback is handed.
 * @example const buffer: BufferName = 'out_value';
 */
export type BufferName =
  | 'key'
  | 'in_value'
  | 'value'
  | 'out_value'
  | 'actual_value_size'
  | 'map_context'
  | 'program_type'
  | 'client_table'
  | 'client_data'
  | 'map_object'
  | 'epoch_state';
