/** Languages that `replay --emit` writes tests in. */
export const LANGUAGES = ['c', 'ts'] as const;
export type Language = (typeof LANGUAGES)[number];
