import { InjectConfig, type RunningConfig } from '@curfew/runtime';
import { Injectable } from '@nestjs/common';

/** One issuer a tenant: the base itself for `default`, `<base>/t/{tenant}` for the others. */
@Injectable()
export class Issuers {
  constructor(@InjectConfig() private readonly config: RunningConfig) {}

  of(tenant: string): string {
    return tenant === 'default' ? this.config.issuer : `${this.config.issuer}/t/${tenant}`;
  }
}
