import { withoutSecrets } from './payload.js';

it.each([
  'password',
  'newPassword',
  'client_secret',
  'accessToken',
  'Authorization',
  'api_key',
  'apiKey',
  'privateKey',
  'SSN',
  'socialSecurityNumber',
  'bankAccount',
])('%s is removed, however deep it lies and whatever it holds', (name) => {
  const kept = withoutSecrets({ employees: [{ id: 7, fields: { [name]: { value: 'hunter2' }, status: 'Inactive' } }] });
  expect(kept).toEqual({ employees: [{ id: 7, fields: { [name]: '[removed]', status: 'Inactive' } }] });
});

it.each(['Bearer abc', 'eyJhbGciOi.J9', 'whsec_x', '-----BEGIN PRIVATE KEY-----'])(
  '%s is removed by its look',
  (value) => {
    expect(withoutSecrets({ note: [value] })).toEqual({ note: ['[removed]'] });
  },
);

it('everything else stays as it came', () => {
  const payload = { id: 'E-1', active: false, amount: 1.5, none: null, list: [1, 'two', { three: [] }], tokens: null };
  expect(withoutSecrets(payload)).toEqual(payload);
});
