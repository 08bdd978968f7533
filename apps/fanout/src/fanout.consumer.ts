import {
  ApplicationRemovalDecidedV1,
  RevocationCoveredV1,
  RevocationResolvedV1,
  SessionRevokedV1,
  TenantStateV1,
} from '@curfew/contracts';
import { OnEvent, OnEvents, type Tx } from '@curfew/messaging';
import { Controller } from '@nestjs/common';
import { RegisterApplication } from './application/register-application.js';
import { PlanDeliveries } from './delivery/plan-deliveries.js';
import { TenantDirectory } from './issuer/tenant-directory.js';
import { FollowRevocations } from './revocation/follow-revocations.js';

/** Every event fanout takes in, and the use case it leads to. */
@Controller()
export class FanoutConsumer {
  constructor(
    private readonly planDeliveries: PlanDeliveries,
    private readonly followRevocations: FollowRevocations,
    private readonly applications: RegisterApplication,
    private readonly tenants: TenantDirectory,
  ) {}

  @OnEvents(SessionRevokedV1)
  sessionRevoked(events: readonly SessionRevokedV1[], tx: Tx): Promise<void> {
    return this.planDeliveries.execute(events, tx);
  }

  @OnEvents(RevocationCoveredV1)
  revocationCovered(events: readonly RevocationCoveredV1[], tx: Tx): Promise<void> {
    return this.followRevocations.covered(events, tx);
  }

  @OnEvents(RevocationResolvedV1)
  revocationResolved(events: readonly RevocationResolvedV1[], tx: Tx): Promise<void> {
    return this.followRevocations.resolved(events, tx);
  }

  @OnEvent(ApplicationRemovalDecidedV1)
  applicationRemovalDecided(event: ApplicationRemovalDecidedV1, tx: Tx): Promise<void> {
    return this.applications.removalDecided(event, tx);
  }

  @OnEvents(TenantStateV1)
  tenantState(events: readonly TenantStateV1[], tx: Tx): Promise<void> {
    return this.tenants.keep(events, tx);
  }
}
