/**
 * The contradictions of docs/contract/CONTRADICTIONS.md that are no switch of the reference
 * runtime, each with the reason. All others are in switches.ts.
 */
export const UNNOTICED: Readonly<Record<string, string>> = {
  'C-01': 'names only: a callback is known by its offset in the table',
  'C-04': 'which code a failing creation ends with is told to its caller, not to the provider',
  'C-13': 'the id ranges are a text of their own: --revision draft judges by them',
  'C-14':
    'whether an id must be in the enum is for who makes the enum; nothing is called otherwise',
  'C-15': 'a provider that is not chosen is not called, whichever the reason',
  'C-16':
    'no switch is needed: actual_value_size holds 0 and garbage by turns in every certification, ' +
    'and a provider that leaves it as it is breaks CRE-003 under both',
  'C-17': 'a stored value smaller than the declared one is read beyond its end by the runtime only',
  'C-23': 'the codes for missing and existing keys are told to the caller, not to the provider',
  'C-26': 'a provider of another type sees no attach under either reading',
  'C-27': 'a NULL map context breaks CRE-005 under both readings',
  'C-31': "sizes are the profile's; what a guide shows as an example reaches no provider",
  'C-32': 'the verifier runs before any map, and calls no provider',
  'C-33': 'it is about an example provider, not about what a runtime does',
  'C-35': 'it is about where source files lie',
  'C-36': 'how the runtime frees its own copy of a table cannot be seen through the table',
  'C-38': 'a pop does not reach a custom map: its base is a hash table',
};
