/**
 * What the provider declares of itself. What is not here is found out by asking the provider:
 * `mapcert probe` shows what is found. Declare what it cannot show (values), and what it refuses on
 * purpose. What is declared is tested: sizes mean "these and no others". docs/PROVIDERS.md of the
 * package has all keys.
 * @type {import('custom-map-conformance').DeclaredProfile}
 */
export default {
  // ---- Values, where not any bytes will do. ----
  // The index-th valid value that a user writes, each a different one: here a size, a version, and
  // a number.
  // values: (valueSize, index) => {
  //   const bytes = new DataView(new ArrayBuffer(valueSize));
  //   bytes.setUint16(0, valueSize, true);
  //   bytes.setUint16(2, 1, true);
  //   bytes.setUint32(4, index + 1, true);
  //   return new Uint8Array(bytes.buffer);
  // },
  // Values that must be refused, in hex.
  // invalidValues: ['ffffffffffffffff'],
  // ---- What it accepts, where that is not found out: these, and no others. ----
  // keySizes: [4],
  // valueSizes: [8],
  // maxEntries: { min: 1, max: 64 },
  // Keys are numbers below max_entries, as in an array.
  // keys: 'below-max-entries',
  // What a lookup shows: the value that was written, something else, or a function of it.
  // valueRelation: 'opaque',
  // ---- What it refuses on purpose. Only seen, a refusal leaves rules open (INCOMPLETE). ----
  // Lookups, or updates, by users answer this.
  // userLookup: 'EBPF_OPERATION_NOT_SUPPORTED',
  // userUpdate: 'EBPF_OPERATION_NOT_SUPPORTED',
  // The same value cannot stand under two keys.
  // duplicatesAllowed: false,
  // Only programs of these types may use the map.
  // programTypes: { accept: ['f788ef4a-207d-4dc3-85cf-0f2ea107213c'] },
  // The deprecated delete callback (preprocess_map_delete_element) may refuse explicit deletes.
  // deleteMayReject: true,
  // The driver starts once in each load; so many maps may live at once.
  // restartable: false,
  // maxMaps: 1,
  // ---- What else nobody can see. ----
  // Releases come by a work item of its own: then export cmc_drain.
  // reclamation: 'deferred',
  // BPF helpers, called through cmc_invoke_helper.
  // helpers: [{ id: 65537, arguments: ['map', 'key', 'destination', 'size'] }],
};
