/**
 * What runs inside Redis, one script a question. Epochs are compared as decimal strings by length, then by digits:
 * Lua's numbers hold 53 bits. What a version before wrote lacks the later fields: such a session is unknown, such a barrier asks for no reading again.
 */

/** KEYS: marker, session or sid. ARGV: now, touch. Of an active one `view` and the last activity: two fields are read sooner than fourteen. */
export const CHECK = `
if redis.call('EXISTS', KEYS[1]) == 0 then return {'untrusted'} end
local key = KEYS[2]
if redis.call('TYPE', key).ok == 'string' then key = redis.call('GET', key) end
local s = redis.call('HMGET', key, 'view', 'ci', 'ju', 'ep', 'ab', 'id_s', 'la', 'ba', 'me', 'xp', 'ra', 'ao')
if not s[1] or not s[12] then return {'unknown'} end
local now = tonumber(ARGV[1])
local judged, epoch, as_of, stale = tonumber(s[3]), s[4], s[12], false
for _, name in ipairs(cjson.decode(s[8])) do
  local b = redis.call('HMGET', name, 'nb', 'eb', 'rb')
  if b[1] then
    if judged <= tonumber(b[1]) then return {'inactive', s[2]} end
    if #epoch < #b[2] or (#epoch == #b[2] and epoch < b[2]) then return {'inactive', s[2]} end
    local rb = b[3] or '0'
    if #as_of < #rb or (#as_of == #rb and as_of < rb) then stale = true end
  end
end
if stale then return {'stale'} end
if s[10] or tonumber(s[5]) <= now then return {'inactive', s[2]} end
local idle, reauth = tonumber(s[6]), tonumber(s[11])
if idle >= 0 and tonumber(s[7]) + idle * 1000 <= now then return {'inactive', s[2]} end
if reauth >= 0 and reauth <= now then return {'inactive', s[2], 'reauthenticate'} end
if ARGV[2] == '1' and tonumber(s[7]) < now then
  redis.call('HSET', key, 'la', ARGV[1])
  redis.call('ZADD', 'curfew:touched', ARGV[1], s[9])
  s[7] = ARGV[1]
end
return {'active', s[1], s[7]}
`;

/** KEYS: session, sid. ARGV: view, client, judged, epoch, absolute end, idle, barriers, member of the touched, last activity, the instant it goes by itself, when to authenticate again, as of. */
export const PUT = `
local known = redis.call('HGET', KEYS[1], 'la')
local activity = ARGV[9]
if known and tonumber(known) > tonumber(activity) then activity = known end
redis.call('HSET', KEYS[1], 'view', ARGV[1], 'ci', ARGV[2], 'ju', ARGV[3], 'ep', ARGV[4], 'ab', ARGV[5], 'id_s', ARGV[6], 'ba', ARGV[7],
  'me', ARGV[8], 'la', activity, 'ra', ARGV[11], 'ao', ARGV[12])
redis.call('PEXPIREAT', KEYS[1], ARGV[10])
redis.call('SET', KEYS[2], KEYS[1], 'PXAT', ARGV[10])
return 1
`;

/** KEYS: session. ARGV: now. The last activity of one that is not expired; one that is, is marked. */
export const EXPIRE = `
local s = redis.call('HMGET', KEYS[1], 'ab', 'id_s', 'la')
if not s[1] then return false end
local now, idle = tonumber(ARGV[1]), tonumber(s[2])
if tonumber(s[1]) <= now or (idle >= 0 and tonumber(s[3]) + idle * 1000 <= now) then
  redis.call('HSET', KEYS[1], 'xp', '1')
  return false
end
return s[3]
`;

/** KEYS: barrier, unsettled. ARGV: not before, ends before, member, now, reread before. */
export const RAISE = `
local b = redis.call('HMGET', KEYS[1], 'nb', 'eb', 'rb')
local nb, eb, rb = ARGV[1], ARGV[2], ARGV[5]
if b[1] then
  if tonumber(b[1]) > tonumber(nb) then nb = b[1] end
  if #b[2] > #eb or (#b[2] == #eb and b[2] > eb) then eb = b[2] end
  if b[3] and (#b[3] > #rb or (#b[3] == #rb and b[3] > rb)) then rb = b[3] end
end
redis.call('HSET', KEYS[1], 'nb', nb, 'eb', eb, 'rb', rb)
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[3])
return 1
`;

/** KEYS: barrier, unsettled. ARGV: not before, ends before, member, reread before. A higher one has not committed yet. */
export const SETTLE = `
local b = redis.call('HMGET', KEYS[1], 'nb', 'eb', 'rb')
if b[1] and (tonumber(b[1]) > tonumber(ARGV[1]) or #b[2] > #ARGV[2] or (#b[2] == #ARGV[2] and b[2] > ARGV[2])
  or b[3] and (#b[3] > #ARGV[4] or (#b[3] == #ARGV[4] and b[3] > ARGV[4]))) then return 0 end
return redis.call('ZREM', KEYS[2], ARGV[3])
`;

/** KEYS: marker, complete. ARGV: run id, lifetime. */
export const RENEW = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`;
