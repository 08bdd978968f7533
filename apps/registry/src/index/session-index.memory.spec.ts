import { MemorySessionIndex } from './session-index.memory.js';
import { sessionIndexSuite } from './session-index.suite.js';

describe('the index in memory', () => {
  sessionIndexSuite(async () => {
    const index = new MemorySessionIndex();
    return { index, lose: async () => index.forget(), close: () => index.close() };
  });
});
