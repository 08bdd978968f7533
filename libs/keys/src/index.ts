export * from './key-store.js';
export * from './seal.js';
export * from './signing-key.js';
