export * from './certificates.js';
export * from './service-database.js';
