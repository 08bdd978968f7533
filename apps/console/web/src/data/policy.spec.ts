import { documentOf, draftOfDefault, draftOfOverride, durationOf, durationText } from './policy';

it.each([
  ['8h', 28_800],
  ['1d 12h', 129_600],
  ['90s', 90],
  ['90', 90],
  ['1h30m', 5_400],
  ['', undefined],
  ['8 hours', undefined],
  ['h', undefined],
  ['-1h', undefined],
])('%j is read as %s', (text, seconds) => expect(durationOf(text)).toBe(seconds));

it.each([28_800, 129_600, 90, 1, 86_399])('%s s are read back as they are shown', (seconds) =>
  expect(durationOf(durationText(seconds))).toBe(seconds),
);

it('a default that was not touched is the document it came from, with what no field shows', () => {
  const document = {
    absoluteSeconds: 60,
    idleSeconds: null,
    cap: 3,
    overCap: 'block',
    applications: { crm: { cap: 1 } },
  };
  expect(documentOf(draftOfDefault(document), document)).toEqual(document);
});

it('an override says what it changes and nothing else', () => {
  const draft = { ...draftOfOverride(undefined), values: { cap: 1, idleSeconds: undefined }, exact: ['cap', 'mfa'] };
  expect(documentOf(draft, undefined)).toEqual({ values: { cap: 1 }, exact: ['cap'] });
});
