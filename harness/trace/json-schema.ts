/** The pieces that schemas of traces are made of. */

export type Schema = Readonly<Record<string, unknown>>;

/** Longest label, name or sentence of an event, and longest run of bytes in hex. */
export const labelMax = 300;
const bytesMax = 1 << 18;

export const count: Schema = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
export const signed: Schema = { type: 'integer', minimum: -1, maximum: 0xffff };
export const label: Schema = { type: 'string', minLength: 1, maxLength: labelMax };
export const words: Schema = { type: 'string', maxLength: labelMax };
export const flag: Schema = { type: 'boolean' };
export const bytes: Schema = { type: 'string', pattern: '^([0-9a-f]{2})*$', maxLength: bytesMax };
/** Bytes, or what a helper answered: a number in hexadecimal. */
export const shown: Schema = { anyOf: [bytes, { type: 'string', pattern: '^0x[0-9a-f]{1,16}$' }] };

/** A list of such, of a length that a reader can bear. */
export const list = (items: Schema): Schema => ({ type: 'array', items, maxItems: 4096 });
/** Such, or null. */
export const or = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });
/** An object with these members, and whatever else it has. */
export const object = (
  properties: Record<string, Schema>,
  required: readonly string[],
): Schema => ({
  type: 'object',
  properties,
  required,
});

/** A GUID as traces write it. */
export const strictGuid: Schema = {
  type: 'string',
  pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
};
