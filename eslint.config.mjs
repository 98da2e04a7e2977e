/**
 * What the compiler does not see. Import directions and the like are suites/tidy.test.ts; layout is
 * prettier.
 *
 * Two TypeScripts are installed. `tsc` is version 7 (`@typescript/native`), the project's compiler.
 * It has no JavaScript interface, which typescript-eslint needs, so the name `typescript` is
 * version 6 and serves this file only.
 */
import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * The doors through which a clock, a timer or chance may come in: every run is otherwise
 * repeatable.
 */
const doors = [
  'harness/main.ts',
  'harness/command/**',
  'harness/host/**',
  'harness/windows/**',
  'reports/**',
  '**/*.bench.ts',
];

const bannedGlobals = [
  'Date',
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'crypto',
].map((name) => ({
  name,
  message: `Only ${doors.join(', ')} may know the time or wait; pass a value in instead.`,
}));

const bannedImports = [
  { name: 'node:timers', message: 'Nothing here may wait.' },
  { name: 'node:timers/promises', message: 'Nothing here may wait.' },
  { name: 'node:perf_hooks', message: 'Pass the time in as a value.' },
  {
    name: 'node:crypto',
    importNames: ['randomBytes', 'randomInt', 'randomUUID', 'webcrypto'],
    message: 'Take chance from the choices of the run, so that it replays.',
  },
];

/** Chance comes from the run's choices, and a run repeats only if nothing else decides. */
const bannedProperties = [
  {
    object: 'Math',
    property: 'random',
    message: 'Take it from the choices of the run, so that it replays.',
  },
  { object: 'process', property: 'hrtime', message: 'Pass the time in as a value.' },
  { object: 'process', property: 'uptime', message: 'Pass the time in as a value.' },
];

export default tseslint.config(
  { ignores: ['dist/', '**/build/', 'reports/out/', '**/node_modules/'] },
  eslint.configs.recommended,
  tseslint.configs.recommended,
  {
    rules: {
      eqeqeq: ['error', 'always'],
      // A subject's text is hostile: escaping it means naming control characters.
      'no-control-regex': 'off',
      '@typescript-eslint/no-explicit-any': 'error',
      // A name that starts with an underscore says that it is there for its place only.
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'all' },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      // `!` after an index is how noUncheckedIndexedAccess is answered where the bound is evident.
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'Use a const object or a union of strings.' },
        {
          selector: 'ExportDefaultDeclaration',
          message: 'Export by name; only subjects and configurations have a default export.',
        },
      ],
    },
  },
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      // A union is matched case by case, or the rest is named by a default on purpose.
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    files: ['harness/**/*.ts', 'suites/**/*.ts', 'fixtures/**/*.ts'],
    ignores: doors,
    rules: {
      'no-restricted-globals': ['error', ...bannedGlobals],
      'no-restricted-properties': ['error', ...bannedProperties],
      'no-restricted-imports': ['error', { paths: bannedImports }],
    },
  },
  {
    files: ['fixtures/**', '**/*.config.{ts,mjs,js}'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'Use a const object or a union of strings.' },
      ],
    },
  },
);
