/**
 * What runs inside Redis, one script a question. Epochs are compared as decimal strings by length, then by digits:
 * Lua's numbers hold 53 bits.
 */

/** KEYS: marker, session or sid. ARGV: tenant, now, touch. */
export const CHECK = `
if redis.call('EXISTS', KEYS[1]) == 0 then return {'untrusted'} end
local key = KEYS[2]
if redis.call('TYPE', key).ok == 'string' then key = redis.call('GET', key) end
local s = redis.call('HMGET', key, 'id', 'ci', 'sid', 'su', 'de', 'gr', 'au', 'ju', 'op', 'ep', 'ab', 'id_s', 'la', 'ba', 'xp')
if not s[1] then return {'unknown'} end
if s[15] then return {'inactive', s[2]} end
local now = tonumber(ARGV[2])
local judged, epoch = tonumber(s[8]), s[10]
if tonumber(s[11]) <= now then return {'inactive', s[2]} end
local idle = tonumber(s[12])
if idle >= 0 and tonumber(s[13]) + idle * 1000 <= now then return {'inactive', s[2]} end
for _, name in ipairs(cjson.decode(s[14])) do
  local b = redis.call('HMGET', name, 'nb', 'eb')
  if b[1] then
    if judged <= tonumber(b[1]) then return {'inactive', s[2]} end
    if #epoch < #b[2] or (#epoch == #b[2] and epoch < b[2]) then return {'inactive', s[2]} end
  end
end
if ARGV[3] == '1' and tonumber(s[13]) < now then
  redis.call('HSET', key, 'la', ARGV[2])
  redis.call('ZADD', 'curfew:touched', ARGV[2], cjson.encode({ARGV[1], s[1]}))
  s[13] = ARGV[2]
end
return {'active', s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], s[10], s[11], s[12], s[13]}
`;

/** KEYS: session, sid. ARGV: the fields, then the instant the entry goes by itself. */
export const PUT = `
local known = redis.call('HGET', KEYS[1], 'la')
local activity = ARGV[14]
if known and tonumber(known) > tonumber(activity) then activity = known end
redis.call('HSET', KEYS[1], 'id', ARGV[1], 'ci', ARGV[2], 'sid', ARGV[3], 'su', ARGV[4], 'de', ARGV[5], 'ba', ARGV[6], 'gr', ARGV[7],
  'au', ARGV[8], 'ju', ARGV[9], 'op', ARGV[10], 'ep', ARGV[11], 'ab', ARGV[12], 'id_s', ARGV[13], 'la', activity)
redis.call('PEXPIREAT', KEYS[1], ARGV[15])
redis.call('SET', KEYS[2], KEYS[1], 'PXAT', ARGV[15])
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

/** KEYS: barrier, unsettled. ARGV: not before, ends before, member, now. */
export const RAISE = `
local b = redis.call('HMGET', KEYS[1], 'nb', 'eb')
local nb, eb = ARGV[1], ARGV[2]
if b[1] then
  if tonumber(b[1]) > tonumber(nb) then nb = b[1] end
  if #b[2] > #eb or (#b[2] == #eb and b[2] > eb) then eb = b[2] end
end
redis.call('HSET', KEYS[1], 'nb', nb, 'eb', eb)
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[3])
return 1
`;

/** KEYS: barrier, unsettled. ARGV: not before, ends before, member. A higher one has not committed yet. */
export const SETTLE = `
local b = redis.call('HMGET', KEYS[1], 'nb', 'eb')
if b[1] and (tonumber(b[1]) > tonumber(ARGV[1]) or #b[2] > #ARGV[2] or (#b[2] == #ARGV[2] and b[2] > ARGV[2])) then return 0 end
return redis.call('ZREM', KEYS[2], ARGV[3])
`;

/** KEYS: marker, complete. ARGV: run id, lifetime. */
export const RENEW = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`;
