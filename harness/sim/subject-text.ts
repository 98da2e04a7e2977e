/** Text that the subject gives, as far as it is kept. */

const charactersMax = 300;

/** Text of the subject made harmless and short. */
export const clean = (text: unknown): string =>
  String(text)
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
    .slice(0, charactersMax);
