/**
 * What a way to reach a subject hides from the trace: the calls and answers that an external NMR
 * sees to itself; what a driver asks of the library that it is linked against.
 */
export type BlindSpot = 'externalNmr' | 'ownServices';
