import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const ours = ['apps/**/*.ts', 'apps/**/*.tsx', 'libs/**/*.ts', 'demo/**/*.ts', 'test/**/*.ts'];
const nodeGlobals = Object.fromEntries(Object.getOwnPropertyNames(globalThis).map((name) => [name, 'readonly']));

/** Leave-one-out by destructuring, and what a signature asks for but this form does not need, begin with `_`. */
const unused = { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true };

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', '.curfew/', 'bench-results/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      // Long files hide several things in one; none needed more yet.
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs'],
    languageOptions: { globals: { ...nodeGlobals, require: 'readonly', module: 'writable' } },
    rules: { 'no-unused-vars': ['error', unused] },
  },
  {
    // Tools look for the default export of their own configuration.
    files: ['*.config.mjs'],
    rules: { 'no-restricted-exports': 'off' },
  },
  {
    files: ours,
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', unused],
      '@typescript-eslint/no-floating-promises': 'error',
      // A default stands for all cases that are not named.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // An async method without an await turns what is thrown into a rejection: that is what its port promises.
      '@typescript-eslint/require-await': 'off',
      // Wrong more often than right here: its fixes widen literals until nothing compiles, ports are destructured, and
      // two events may look alike and mean two things.
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-duplicate-type-constituents': 'off',
      // In a file with decorators this rule keeps silent, since Nest reads the types of constructor parameters at run
      // time (`emitDecoratorMetadata`): what is injected must stay a value import.
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
    },
  },
  {
    files: ['**/*.spec.ts', '**/*.suite.ts', '**/*.fake.ts', 'test/**/*.ts'],
    rules: {
      // A test tells its story in one place; a long one is a list of cases, not a knot.
      'max-lines': ['error', { max: 800, skipBlankLines: true, skipComments: true }],
    },
  },
);
