import { News } from './news.js';
import { until } from './until.js';

const LONG = 60_000;

describe('until', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['performance'] }));
  afterEach(() => jest.useRealTimers());
  const settle = () => jest.advanceTimersByTimeAsync(0);

  /** What is asked, how often, and what is answered next. */
  const setUp = (news: News, of = 't') => {
    const state = { asked: 0, answer: undefined as string | undefined };
    const ask = () => {
      state.asked++;
      return Promise.resolve(state.answer);
    };
    return { state, done: until(ask, LONG, { news, of }) };
  };

  it('asks at once when there is news, of what it waits for and nothing else', async () => {
    const news = new News();
    const { state, done } = setUp(news);
    await settle();
    state.answer = 'here';
    news.tell('other');
    await settle();
    expect(state.asked).toBe(1);
    news.tell('t');
    expect(await done).toBe('here');
    expect(state.asked).toBe(2);
  });

  it('news that comes while it asks is not missed', async () => {
    const news = new News();
    let asked = 0;
    const answer = until(
      async () => {
        if (++asked > 1) return 'here';
        news.tell('t');
        return undefined;
      },
      LONG,
      { news, of: 't' },
    );
    expect(await answer).toBe('here'); // no timer has gone on
  });

  it('asks without news as well: it may have come to another instance', async () => {
    const { state, done } = setUp(new News());
    await settle();
    state.answer = 'here';
    await jest.advanceTimersByTimeAsync(10);
    expect(await done).toBe('here');
  });
});
