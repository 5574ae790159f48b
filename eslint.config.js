import js from '@eslint/js'
import tsdoc from 'eslint-plugin-tsdoc'
import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'

/** Where a module is: bundlers move it, so one module asks, and knows what to do where there is no answer. */
const ownPlace = {
  'no-restricted-syntax': [
    'error',
    {
      selector: "MetaProperty[meta.name='import']",
      message: 'Ask util/package-files.ts for files of the package: in a bundle there are none.',
    },
  ],
}

/**
 * Files that every task passes through. On Node 20, V8 gives each object that a spread begins, and members follow, a shape of its own: that took
 * 14 of the 195 µs of a lone call. A spread that comes last, or alone, does not.
 */
const hotFiles = [
  'src/producer/{outbox,packed-tasks,pending-results,queued-task,sent-task,task-sender}.ts',
  'src/stores/embedded/notices/*.ts',
  'src/stores/embedded/queue/{queue,settle}.ts',
  'src/stores/embedded/tables/{add-task,announcements,claim-ready,end-tasks,hand-over,idle-workers,queue-rows,queue-transaction,record-settlements,wake-idle}.ts',
  'src/stores/redis/connection/{delivery,script-command}.ts',
  'src/stores/redis/layout/{bulk,ended-head,live-task,packed,record-reader,settle-arguments,task-arguments}.ts',
  'src/stores/redis/queue/{open-inbox,open-worker,queue,settle}.ts',
  'src/stores/redis/scripts/script.ts',
  'src/worker/{held-tasks,settle-lane,settle-sender,settled-outcomes,task-starter}.ts',
]
const ownShape = {
  selector: 'ObjectExpression > SpreadElement:not(:last-child)',
  message: 'Name the members, or let the spread come last: the object would get a shape of its own each time.',
}

/** What tests fake. The package takes it from `util/timers.ts`, which has the real ones. */
const timers = ['Timeout', 'Interval', 'Immediate'].flatMap((name) => [`set${name}`, `clear${name}`])
const message = 'Take it from util/timers.ts: a test may have replaced this one.'
const ownTime = {
  'no-restricted-globals': [
    'error',
    ...[...timers, 'queueMicrotask', 'performance'].map((name) => ({ name, message })),
  ],
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now', message },
    { object: 'process', property: 'nextTick', message },
    { object: 'AbortSignal', property: 'timeout', message },
  ],
  'no-restricted-imports': [
    'error',
    ...['timers', 'timers/promises'].flatMap((name) => [name, `node:${name}`]).map((name) => ({ name, message })),
  ],
}

export default defineConfig(
  globalIgnores(['lib/', '.lib-of-source/', 'coverage/', 'node_modules/', 'spec/**/fixtures/**', '**/.pulsar/']),
  js.configs.recommended,
  {
    files: ['src/**/*.{ts,tsx}', 'spec/**/*.ts', 'samples/**/*.ts', 'bench/**/*.ts', 'vitest.config.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['vitest.config.ts'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      // A private or unused-by-contract parameter keeps its name under an underscore.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Off: a no-op is a legal implementation of a contract (SilentLogger), and says so by its emptiness.
      '@typescript-eslint/no-empty-function': 'off',
      // Classes without members are bases and tokens; decorated ones are jobs. Neither is a namespace in disguise.
      '@typescript-eslint/no-extraneous-class': ['error', { allowEmpty: true, allowWithDecorator: true }],
      // `void promise` is how a promise is let go on purpose, also as an arrow's body.
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidOperator: true },
      ],
      '@typescript-eslint/consistent-type-imports': [
        'error',
        // `typeof import('x')` is how the type of a module that is loaded late is written.
        { fixStyle: 'separate-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // tsconfig's noPropertyAccessFromIndexSignature asks for the brackets that this rule would forbid.
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { tsdoc },
    rules: { 'tsdoc/syntax': 'error', ...ownTime, ...ownPlace },
  },
  {
    // The page of the dashboard runs in a browser, which has timers of its own and no tests that fake them.
    files: ['src/dashboard/ui/**/*.{ts,tsx}'],
    rules: {
      'no-restricted-globals': 'off',
      'no-restricted-properties': 'off',
      // Off: an assignment to a signal, as the body of a short arrow.
      'no-return-assign': 'off',
    },
  },
  {
    // This module takes the real ones.
    files: ['src/util/timers.ts'],
    rules: { 'no-restricted-globals': 'off', 'no-restricted-properties': 'off', 'no-restricted-imports': 'off' },
  },
  {
    files: hotFiles,
    rules: { 'no-restricted-syntax': [...ownPlace['no-restricted-syntax'], ownShape] },
  },
  {
    // The first one answers; the build replaces the others by modules that contain what they read.
    files: ['src/util/package-files.ts', 'src/util/package-version.ts', 'src/stores/redis/scripts/script-files.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    // A test's time is the one that the test sees.
    files: ['src/testing/**/*.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    // The command line is the one place that talks to a person directly.
    files: ['src/cli/**/*.ts', 'samples/**/*.ts', 'bench/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['samples/**/*.ts', 'spec/**/*.ts'],
    rules: {
      // Off: jobs in samples and specs are methods that need no `this`, and async by contract rather than by need.
      '@typescript-eslint/require-await': 'off',
      // Off: a class given to `register` or a queue call is named, not called.
      '@typescript-eslint/unbound-method': 'off',
      // What node:test's functions return, the runner itself waits for.
      '@typescript-eslint/no-floating-promises': [
        'error',
        { allowForKnownSafeCalls: [{ from: 'package', name: ['test'], package: 'node:test' }] },
      ],
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        AbortController: 'readonly',
        fetch: 'readonly',
        Buffer: 'readonly',
        performance: 'readonly',
      },
    },
  },
)
