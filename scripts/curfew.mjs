#!/usr/bin/env node
// `npx curfew policy …`: a tenant's policies as a file, for people and for CI.
import { main } from './curfew/main.mjs';

process.exitCode = await main(process.argv.slice(2));
