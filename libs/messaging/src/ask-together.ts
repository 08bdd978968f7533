import type { Gathered } from './tx.js';
import type { UnitOfWork } from './unit-of-work.js';

/** So many share a statement: an answer does not wait for the answers to all the world. */
const MOST_TOGETHER = 64;

interface Asked<Question, Answer> {
  readonly question: Question;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Questions of a tenant that come at once are asked in one transaction, by one statement: it costs more than what is
 * read in it. Each is asked after it came, so it sees all that was committed by then. One that comes alone waits for
 * the end of this turn of the loop; while a transaction is under way the next is filled.
 */
export class AskTogether<Question, Answer> {
  private readonly waiting = new Map<string, Asked<Question, Answer>[]>();

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly statement: Gathered<Question, Answer>,
  ) {}

  ask(tenant: string, question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const asked = { question, resolve, reject };
      const waiting = this.waiting.get(tenant);
      if (waiting) waiting.push(asked);
      else {
        this.waiting.set(tenant, [asked]);
        setImmediate(() => void this.work(tenant));
      }
    });
  }

  private async work(tenant: string): Promise<void> {
    for (const waiting = this.waiting.get(tenant)!; waiting.length > 0;)
      await this.answer(tenant, waiting.splice(0, MOST_TOGETHER));
    this.waiting.delete(tenant);
  }

  /** If it fails each is asked alone: one of them may be to blame. */
  private async answer(tenant: string, all: readonly Asked<Question, Answer>[]): Promise<void> {
    try {
      const questions = all.map(({ question }) => question);
      const answers = await this.unitOfWork.run(tenant, (tx) => this.statement(tx, questions));
      all.forEach(({ resolve }, at) => resolve(answers[at]!));
    } catch (error) {
      if (all.length === 1) all[0]!.reject(error);
      else for (const one of all) await this.answer(tenant, [one]);
    }
  }
}
