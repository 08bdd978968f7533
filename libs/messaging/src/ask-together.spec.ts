import { AskTogether } from './ask-together.js';
import type { Tx } from './tx.js';
import type { UnitOfWork } from './unit-of-work.js';

/** A statement that answers when the test says so. */
function setUp() {
  const asked: string[] = [];
  const ends: (() => void)[] = [];
  const unitOfWork = { run: (tenant: string, work: (tx: Tx) => Promise<unknown>) => work({ tenant } as Tx) };
  const asking = new AskTogether<string, string>(unitOfWork as UnitOfWork, async ({ tenant }, questions) => {
    asked.push(`${tenant}: ${questions.join('+')}`);
    await new Promise<void>((resolve) => ends.push(resolve));
    if (questions.includes('bad')) throw new Error('the one to blame');
    return questions.map((question) => `${tenant} ${question}`);
  });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const end = async () => {
    ends.shift()!();
    await turn();
  };
  return { asked, end, turn, ask: (question: string, tenant = 't') => asking.ask(tenant, question) };
}

describe('questions that come at once', () => {
  it('are one statement, and each has its own answer; those of another tenant are not among them', async () => {
    const { ask, asked, end, turn } = setUp();
    const answers = Promise.all([ask('a'), ask('b'), ask('c', 'other')]);
    await turn();
    expect(asked).toEqual(['t: a+b', 'other: c']);
    await end();
    await end();
    expect(await answers).toEqual(['t a', 't b', 'other c']);
  });

  it('one that comes while others are asked is never answered by what was read before it came', async () => {
    const { ask, asked, end, turn } = setUp();
    const first = ask('a');
    await turn();
    const [second, third] = [ask('a'), ask('b')];
    await turn();
    expect(asked).toEqual(['t: a']);
    await end();
    expect(asked).toEqual(['t: a', 't: a+b']);
    await end();
    expect(await Promise.all([first, second, third])).toEqual(['t a', 't a', 't b']);
  });

  it('one that fails, fails alone; and who comes later is asked as ever', async () => {
    const { ask, asked, end, turn } = setUp();
    const [good, bad] = [ask('a'), ask('bad')];
    const refused = expect(bad).rejects.toThrow('the one to blame');
    await turn();
    await end();
    await end();
    await end();
    await refused;
    expect(await good).toBe('t a');
    expect(asked).toEqual(['t: a+bad', 't: a', 't: bad']);
    const later = ask('b');
    await turn();
    await end();
    expect(await later).toBe('t b');
  });
});
