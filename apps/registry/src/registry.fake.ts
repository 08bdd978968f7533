import { randomUUID } from 'node:crypto';
import { INITIAL_POLICY, type CurfewEvent, type DefaultPolicy } from '@curfew/contracts';
import { UnitOfWork, type AdvisoryLock, type Tx } from '@curfew/messaging';
import { permissionsOf } from '@curfew/runtime';
import { openServiceDatabase, type ServiceDatabase } from '@curfew/testing';
import { until } from '../../../test/support/until.js';
import { ApprovalStore } from './approval/approval.store.js';
import { DecideApproval } from './approval/decide-approval.js';
import { ExpireApprovals } from './approval/expire-approvals.js';
import { ApplicationStore } from './application/application.store.js';
import { BarrierStore } from './barrier/barrier.store.js';
import { LimitedBarrierStore } from './barrier/limited-barrier.store.js';
import { RaiseBarriers } from './barrier/raise-barriers.js';
import { DirectoryEntryStore } from './directory/directory-entry.store.js';
import { TakeInPerson } from './directory/take-in-person.js';
import { IndexKeeper } from './index/index-keeper.js';
import type { SessionIndex } from './index/session-index.js';
import { MemorySessionIndex } from './index/session-index.memory.js';
import { Init1764000000000 } from './migrations/1764000000000-init.js';
import { AllSourceFacts1764100000000 } from './migrations/1764100000000-all-source-facts.js';
import { BarringAgain1764200000000 } from './migrations/1764200000000-barring-again.js';
import { ProtectedSubjects1764330000000 } from './migrations/1764330000000-protected-subjects.js';
import { DirectoryEntries1764310000000 } from './migrations/1764310000000-directory-entries.js';
import { LayeredPolicies1764320000000 } from './migrations/1764320000000-layered-policies.js';
import { ApplyPolicy } from './policy/apply-policy.js';
import { FindEffectivePolicy } from './policy/effective-policy.js';
import { EnforceInBatches } from './policy/enforce-in-batches.js';
import { EnforcePolicy } from './policy/enforce-policy.js';
import { EnforcementStore } from './policy/enforcement.store.js';
import { JudgeSessions } from './policy/judge-sessions.js';
import { JudgeStore } from './policy/judge.store.js';
import { PolicyLayerStore } from './policy/policy-layer.store.js';
import { PreviewPolicy } from './policy/preview-policy.js';
import { SessionChanges1764700000000 } from './migrations/1764700000000-session-changes.js';
import { Approvals1765000000000 } from './migrations/1765000000000-approvals.js';
import { UntoldSessions1765300000000 } from './migrations/1765300000000-untold-sessions.js';
import { PolicyBatches1764800000000 } from './migrations/1764800000000-policy-batches.js';
import { ShiftBoundaries1764900000000 } from './migrations/1764900000000-shift-boundaries.js';
import { SubjectOwners1765100000000 } from './migrations/1765100000000-subject-owners.js';
import { KillsOfSomebody1765400000000 } from './migrations/1765400000000-kills-of-somebody.js';
import { ForgetNames1765200000000 } from './migrations/1765200000000-forget-names.js';
import { BlastRadiusStore } from './revocation/blast-radius.store.js';
import { EndInBatches } from './revocation/end-in-batches.js';
import { Reinstate } from './revocation/reinstate.js';
import { RequestRevocation } from './revocation/request-revocation.js';
import { RevocationStore } from './revocation/revocation.store.js';
import { StartRevocation } from './revocation/start-revocation.js';
import { CheckSession } from './session/check-session.js';
import { CheckStore } from './session/check.store.js';
import { ExpireSessions } from './session/expire-sessions.js';
import { ExpiryStore } from './session/expiry.store.js';
import { OpenSession, type OpenedSession, type OpenRequest } from './session/open-session.js';
import { SessionStore } from './session/session.store.js';
import { ApplySignal } from './signal/apply-signal.js';
import { ParkedEventStore } from './signal/parked-event.store.js';
import { SourceFactStore } from './signal/source-fact.store.js';
import { CreateUnlistedSubject } from './subject/create-unlisted-subject.js';
import { EndByGroupChange } from './subject/end-by-group-change.js';
import { OwnSubject } from './subject/own-subject.js';
import { OwnerStore } from './subject/owner.store.js';
import { PutSubject } from './subject/put-subject.js';
import type { Subject } from './subject/subject.js';
import { SubjectStore } from './subject/subject.store.js';

export const ACTOR = 'key:test';
const ADMIN = { roles: ['admin'] as const, permissions: permissionsOf(['admin'], null) };
const UNLIMITED: DefaultPolicy = { ...INITIAL_POLICY, cap: null };

/** The registry's use cases on a database of their own, without its ways in and its loops: a test starts what it wants. */
export type FakeRegistry = Awaited<ReturnType<typeof openRegistry>>;

/** Each transaction as one of another process: what must keep them apart is PostgreSQL's locks, not a turn within one. */
class OfAnotherInstance extends UnitOfWork {
  constructor(private readonly dataSource: ServiceDatabase['dataSource']) {
    super(dataSource, 'registry', () => undefined);
  }

  override run<T>(tenant: string, work: (tx: Tx) => Promise<T>, locks: readonly AdvisoryLock[] = []): Promise<T> {
    return new UnitOfWork(this.dataSource, 'registry', () => undefined).run(tenant, work, locks);
  }
}

export async function openRegistry(index: SessionIndex = new MemorySessionIndex()) {
  const database = await openServiceDatabase('registry', [
    Init1764000000000,
    AllSourceFacts1764100000000,
    BarringAgain1764200000000,
    DirectoryEntries1764310000000,
    LayeredPolicies1764320000000,
    ProtectedSubjects1764330000000,
    SessionChanges1764700000000,
    PolicyBatches1764800000000,
    ShiftBoundaries1764900000000,
    Approvals1765000000000,
    SubjectOwners1765100000000,
    ForgetNames1765200000000,
    UntoldSessions1765300000000,
    KillsOfSomebody1765400000000,
  ]);
  const { sweeper, log, owner, config } = database;
  const unitOfWork = new OfAnotherInstance(database.dataSource);
  const barriers = new BarrierStore(sweeper);
  const raiseBarriers = new RaiseBarriers(barriers, index, log);
  const sessions = new SessionStore();
  const subjects = new SubjectStore();
  const applications = new ApplicationStore();
  const revocations = new RevocationStore(sweeper);
  const checks = new CheckStore();
  const owners = new OwnerStore();
  const startRevocation = new StartRevocation(revocations, sessions, new LimitedBarrierStore(), raiseBarriers, owners);
  const reinstate = new Reinstate(unitOfWork, revocations, raiseBarriers);
  const applySignal = new ApplySignal(
    subjects,
    new ParkedEventStore(),
    new SourceFactStore(),
    startRevocation,
    reinstate,
    revocations,
  );
  const endByGroupChange = new EndByGroupChange(sessions, revocations, raiseBarriers);
  const layers = new PolicyLayerStore(sweeper);
  const enforcements = new EnforcementStore(sweeper);
  const judge = new JudgeStore();
  const judgeSessions = new JudgeSessions(judge, sessions, applications, revocations, raiseBarriers);
  const enforcePolicy = new EnforcePolicy(enforcements, layers, judge, judgeSessions, revocations);
  const enforceInBatches = new EnforceInBatches(unitOfWork, enforcements, layers, enforcePolicy, log);
  const putSubject = new PutSubject(
    unitOfWork,
    subjects,
    revocations,
    raiseBarriers,
    endByGroupChange,
    applySignal,
    enforcePolicy,
  );
  const createUnlistedSubject = new CreateUnlistedSubject(unitOfWork, subjects, applySignal);
  const openSession = new OpenSession(unitOfWork, sessions, index, raiseBarriers, createUnlistedSubject);
  const endInBatches = new EndInBatches(unitOfWork, revocations, sessions, startRevocation, log);
  const keeper = new IndexKeeper(index, barriers, unitOfWork, sweeper, log);
  const approvals = new ApprovalStore(sweeper);
  const requestRevocation = new RequestRevocation(
    unitOfWork,
    startRevocation,
    endInBatches,
    new BlastRadiusStore(),
    subjects,
    applications,
    sessions,
    approvals,
    config,
    log,
  );
  const decideApproval = new DecideApproval(unitOfWork, approvals, requestRevocation);

  return {
    ...database,
    unitOfWork,
    index,
    applySignal,
    takeInPerson: new TakeInPerson(subjects, new DirectoryEntryStore(), putSubject),
    reinstate,
    ownSubject: new OwnSubject(unitOfWork, subjects, owners, startRevocation),
    requestRevocation,
    decideApproval,
    approvals,
    expireApprovals: new ExpireApprovals(unitOfWork, approvals, decideApproval, log),
    endInBatches,
    enforceInBatches,
    applyPolicy: new ApplyPolicy(layers, enforcements, enforcePolicy, enforceInBatches),
    previewPolicy: new PreviewPolicy(unitOfWork, layers, judge, judgeSessions, revocations),
    findEffectivePolicy: new FindEffectivePolicy(unitOfWork, layers),
    anotherLookUp: () => new FindEffectivePolicy(unitOfWork, layers),
    keeper,
    checkSession: new CheckSession(index, keeper, checks, unitOfWork, log),
    /** Another one each time: as another instance has it. */
    expireSessions: () =>
      new ExpireSessions(new ExpiryStore(sessions, applications), checks, index, keeper, unitOfWork, sweeper, log),

    /** A tenant nobody has used yet, with applications and without a cap. */
    async tenant(clientIds: readonly string[] = ['crm'], policy: Partial<DefaultPolicy> = {}): Promise<string> {
      const tenant = `t-${randomUUID()}`;
      await unitOfWork.run(tenant, async (tx) => {
        for (const clientId of clientIds)
          await applications.put(tx, {
            clientId,
            name: clientId,
            clockSkewSeconds: 1,
            deadlineSeconds: 60,
            version: 1,
            removed: false,
          });
        await tx.sql(
          `INSERT INTO policy_layers (tenant, layer, target_id, version, document) VALUES ($1, 'tenant', '', 1, $2)`,
          [tenant, JSON.stringify({ ...UNLIMITED, ...policy })],
        );
      });
      return tenant;
    },

    subject: (tenant: string, subjectId: string, given: Partial<Subject> = {}): Promise<Subject> =>
      putSubject.execute(
        { tenant, actor: ACTOR },
        { subjectId, identifiers: {}, accounts: [], groups: [], attributes: {}, listed: true, ...given },
      ),

    open: (tenant: string, subjectId: string, given: Partial<OpenRequest> = {}): Promise<OpenedSession> =>
      openSession.execute({
        tenant,
        actor: ACTOR,
        byBroker: false,
        subjectId,
        clientId: 'crm',
        device: null,
        signInId: null,
        authenticatedAt: new Date(),
        sid: null,
        ip: null,
        userAgent: null,
        ...given,
      }),

    revoke: (tenant: string, target: Parameters<RequestRevocation['execute']>[1]['target'], bar = false) =>
      requestRevocation.execute({ tenant, actor: ACTOR, ...ADMIN }, { target, reason: 'a test', bar }),

    run: <T>(tenant: string, work: (tx: Tx) => Promise<T>): Promise<T> => unitOfWork.run(tenant, work),

    /** So much later, by the clock that deadlines are compared by. Answers that instant. */
    async later(seconds: number): Promise<Date> {
      await owner.query(`UPDATE test_clock SET ahead = ahead + make_interval(secs => $1)`, [seconds]);
      const { rows } = await owner.query<{ now: Date }>('SELECT curfew_now() AS now');
      return rows[0]!.now;
    },

    /** Holds up what writes to a table, until the answer is called: a transaction stops there with the locks it has. */
    async hold(table: string): Promise<() => Promise<void>> {
      await owner.query(`BEGIN; LOCK TABLE ${table} IN SHARE MODE`);
      return async () => void (await owner.query('COMMIT'));
    },

    /** Until so many transactions wait for a lock, of one kind or of any. */
    waiting: (count: number, locktype?: 'advisory' | 'relation' | 'transactionid'): Promise<true> =>
      until(`${count} waiting for a lock (${locktype ?? 'any'})`, async () => {
        await owner.query('SELECT pg_stat_clear_snapshot()'); // within a transaction it would stay as it was
        const { rowCount } = await owner.query(
          `SELECT DISTINCT pid FROM pg_locks JOIN pg_stat_activity a USING (pid)
           WHERE a.datname = current_database() AND NOT granted AND locktype = coalesce($1, locktype)`,
          [locktype ?? null],
        );
        return rowCount! >= count || undefined;
      }),

    /** Until every revocation of the tenant has ended its sessions. */
    resolved: (tenant: string): Promise<true> =>
      until('all revocations are resolved', async () => {
        const { rowCount } = await owner.query(
          `SELECT 1 FROM revocations WHERE tenant = $1 AND state = 'ending' LIMIT 1`,
          [tenant],
        );
        return rowCount === 0 || undefined;
      }),

    /** The sessions of a tenant, as they are on disk. */
    async sessions(tenant: string): Promise<StoredSession[]> {
      const { rows } = await owner.query<StoredSession>(
        `SELECT s.session_id, s.client_id, s.subject_id, s.device_id, s.epoch::int, s.judged_at, s.opened_at, s.ended_at, s.cause, s.revocation_id,
           ARRAY(SELECT group_id FROM subject_groups g WHERE g.tenant = s.tenant AND g.subject_id = s.subject_id) AS groups
         FROM sessions s WHERE tenant = $1 ORDER BY session_id`,
        [tenant],
      );
      return rows;
    },

    /** What was published in a tenant, in order. */
    async published(tenant: string, type?: { readonly type: string }): Promise<CurfewEvent<Record<string, unknown>>[]> {
      const { rows } = await owner.query<{ message: string }>(
        'SELECT message FROM outbox WHERE tenant = $1 ORDER BY id',
        [tenant],
      );
      return rows
        .map(({ message }) => JSON.parse(message) as CurfewEvent<Record<string, unknown>>)
        .filter((event) => type === undefined || event.type === type.type);
    },
  };
}

export interface StoredSession {
  readonly session_id: string;
  readonly client_id: string;
  readonly subject_id: string;
  readonly device_id: string | null;
  readonly groups: readonly string[];
  readonly epoch: number;
  readonly judged_at: Date;
  readonly opened_at: Date;
  readonly ended_at: Date | null;
  readonly cause: string | null;
  readonly revocation_id: string | null;
}

/** How it went: `opened`, or the code it was refused with. */
export const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'opened',
    (error: Error & { code?: string }) => error.code ?? error.message,
  );
