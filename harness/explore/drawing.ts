/** Drawing from a seed, and making small: the one door to fast-check. */
export { default as fc } from 'fast-check';
