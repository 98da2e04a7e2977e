/**
 * The process in which a stress run happens. Standard input names the driver and its options, the
 * answer leaves by descriptor 3. It ends itself without ceremony: threads of a provider may still
 * be stuck.
 */
import { readFileSync, writeSync } from 'node:fs';
import process from 'node:process';
import { driveStress } from '../adapters/stress.ts';

const given = JSON.parse(readFileSync(0, 'utf8')) as { driver: string; options: string[] };
writeSync(3, driveStress(given.driver, given.options));
process.kill(process.pid, 'SIGKILL');
