import { Readable } from 'node:stream';
import { UnitOfWork } from '@curfew/messaging';
import { Allow, Caller, decodeCursor, page, type Principal } from '@curfew/runtime';
import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import { stringify } from 'csv-stringify';
import type { FastifyReply } from 'fastify';
import { VerifyChain, type Verification } from '../verification/verify-chain.js';
import { AuditExportDto, AuditFilterDto, AuditQueryDto } from './audit.dto.js';
import type { Entry } from './entry.js';
import { lineOf } from './line.js';
import { EntryStore, type EntryFilter } from './entry.store.js';

const PAGE = 100;
const EXPORT_PAGE = 1_000;

@ApiTags('audit')
@ApiBearerAuth()
@Controller('/v1/audit')
export class AuditController {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly store: EntryStore,
    private readonly verifyChain: VerifyChain,
  ) {}

  /** The audit trail, newest first. */
  @Get()
  @Allow('audit:read')
  async search(
    @Caller() { tenant }: Principal,
    @Query() query: AuditQueryDto,
  ): Promise<{ items: ReturnType<typeof viewOf>[]; nextCursor: string | null }> {
    const before = decodeCursor(query.cursor, 'number');
    const from = before === undefined ? undefined : { seq: before, order: 'newest first' as const };
    const rows = await this.unitOfWork.run(tenant, (tx) => this.store.search(tx, filterOf(query), from, PAGE + 1));
    return page(rows.map(viewOf), PAGE, ({ seq }) => seq);
  }

  /** Recomputes the chain and compares it with what was signed, here and at the witness. */
  @Get('verify')
  @Allow('audit:read')
  verify(@Caller() caller: Principal): Promise<Verification> {
    return this.verifyChain.execute(caller);
  }

  /** Everything the query finds, oldest first: as NDJSON, as CSV, or as lines of text for people. */
  @Get('export')
  @Allow('audit:read')
  @ApiProduces('application/x-ndjson', 'text/csv', 'text/plain')
  @ApiOkResponse({ schema: { type: 'string' } })
  async export(
    @Caller() { tenant }: Principal,
    @Query() query: AuditExportDto,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const entries = this.entries(tenant, filterOf(query));
    const { type, extension, written } = FORMATS[query.format ?? 'ndjson'];
    void reply
      .type(`${type}; charset=utf-8`)
      .header('content-disposition', `attachment; filename="audit.${extension}"`)
      .header('cache-control', 'no-store');
    await reply.send(written(entries));
  }

  private async *entries(tenant: string, filter: EntryFilter): AsyncGenerator<Entry> {
    let seq = 0;
    for (;;) {
      const entries = await this.unitOfWork.run(tenant, (tx) =>
        this.store.search(tx, filter, { seq, order: 'oldest first' }, EXPORT_PAGE),
      );
      yield* entries;
      if (entries.length < EXPORT_PAGE) return;
      seq = entries[entries.length - 1]!.seq;
    }
  }
}

const filterOf = ({ type, actor, subject, correlationId, from, to }: AuditFilterDto): EntryFilter => ({
  ...(type === undefined ? {} : { type }),
  ...(actor === undefined ? {} : { actor }),
  ...(subject === undefined ? {} : { subject }),
  ...(correlationId === undefined ? {} : { correlationId }),
  ...(from === undefined ? {} : { from: new Date(from) }),
  ...(to === undefined ? {} : { to: new Date(to) }),
});

const viewOf = ({ data, ...entry }: Entry) => ({ ...entry, data: JSON.parse(data) as unknown });

async function* asNdjson(entries: AsyncIterable<Entry>): AsyncGenerator<string> {
  for await (const entry of entries) yield `${JSON.stringify(viewOf(entry))}\n`;
}

/** What comes from outside must not be a formula to whoever opens it (ASVS 1.2.10). */
function asCsv(entries: AsyncIterable<Entry>): Readable {
  const columns = [
    'seq',
    'occurredAt',
    'type',
    'actor',
    'subject',
    'correlationId',
    'causationId',
    'source',
    'eventId',
    'data',
    'hash',
  ];
  return Readable.from(entries).pipe(stringify({ header: true, columns, escape_formulas: true }));
}

async function* asText(entries: AsyncIterable<Entry>): AsyncGenerator<string> {
  for await (const entry of entries) yield `${lineOf(entry)}\n`;
}

const FORMATS = {
  ndjson: {
    ...{ type: 'application/x-ndjson', extension: 'ndjson' },
    written: (of: AsyncIterable<Entry>) => Readable.from(asNdjson(of)),
  },
  csv: { type: 'text/csv', extension: 'csv', written: asCsv },
  text: { type: 'text/plain', extension: 'txt', written: (of: AsyncIterable<Entry>) => Readable.from(asText(of)) },
} as const;
