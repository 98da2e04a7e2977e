/** The process of `npm run divergences`. */
import { runDivergences } from './divergences.ts';

process.exitCode = runDivergences(process.argv.slice(2), console.log, console.error);
