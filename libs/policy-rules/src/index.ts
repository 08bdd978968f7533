export * from './field-rules.js';
export * from './resolve.js';
export * from './changes.js';
export * from './enforcement.js';
