/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

export default {
  testEnvironment: 'node',
  testTimeout: 60_000,
  maxWorkers: 2, // most tests wait for processes and sockets; jest would leave a core of two unused
  testMatch: ['<rootDir>/{kernel,plugins,apps,config,plugin-packages,tests,scripts,examples}/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^dispatch/kernel$': '<rootDir>/kernel/index.ts',
    '^dispatch/(wire|testing)$': '<rootDir>/kernel/$1/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: { '^.+\\.ts$': ['@swc/jest', {}] },
} satisfies Config;
