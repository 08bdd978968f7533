import { readFileSync } from 'node:fs';
import path from 'node:path';
import { startApplications, type Application } from './applications.js';
import { Curfew } from './curfew.js';
import { Form, FORMS, type Endpoints, type FormName } from './form.js';
import { until } from './until.js';

/**
 * The product that scripts/test.mjs started for the e2e specs: one a form, shared by all spec files, so each test works
 * in a tenant of its own. Named by CURFEW_FORM and CURFEW_TEST_DATA_DIR; without them there is nothing to test.
 */
export const product = {
  get form(): FormName {
    return FORMS.find((form) => form === process.env.CURFEW_FORM) ?? missing('CURFEW_FORM');
  },
  get dataDir(): string {
    return process.env.CURFEW_TEST_DATA_DIR ?? missing('CURFEW_TEST_DATA_DIR');
  },
  get endpoints(): Endpoints {
    return JSON.parse(readFileSync(path.join(this.dataDir, 'run', 'endpoints.json'), 'utf8')) as Endpoints;
  },
  /** The API as operator, and owner of the tenant `default`. */
  get curfew(): Curfew {
    return new Curfew(this.endpoints, Form.bootstrapKey);
  },
};

function missing(name: string): never {
  throw new Error(`${name} is not set: run \`npm test -- e2e\``);
}

/** A tenant of its own, its owner's API, and applications that verify what they are told and keep journals. */
export interface Organisation {
  readonly tenant: string;
  readonly curfew: Curfew;
  readonly applications: readonly Application[];
  readonly clientIds: readonly string[];
  close(): Promise<void>;
}

/** `more`: what each application is registered with besides its id, name and address. */
export async function organisation(
  applications: number,
  { curfew = product.curfew, more = {} }: { curfew?: Curfew; more?: Record<string, unknown> } = {},
): Promise<Organisation> {
  const owner = await curfew.newTenant();
  const discovery = await until('the issuer of the new tenant is known', async () => {
    const { status, body } = await owner.ask<{ issuer: string; jwks_uri: string }>(
      'fanout',
      'GET',
      `/t/${owner.tenant}/.well-known/openid-configuration`,
    );
    return status === 200 && body;
  });
  const started = await startApplications(applications, { issuer: discovery.issuer, jwksUri: discovery.jwks_uri });
  await owner.register(started, more);
  return {
    tenant: owner.tenant,
    curfew: owner,
    applications: started,
    clientIds: started.map(({ clientId }) => clientId),
    close: async () => void (await Promise.all(started.map((application) => application.close()))),
  };
}
