/**
 * The one door from the engine to the law: the chapters, and whom a loss is blamed on. Nothing
 * below run/ may know them.
 */
export { CHAPTERS } from '../../suites/catalogue.ts';
export { homeRules, runtimeHomeRules } from '../../suites/home-rules.ts';
