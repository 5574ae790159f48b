-- include: head, batches, leases, oldest
-- flags: allow-oom
-- flags where writes are refused: no-writes
-- Looks at a queue as a whole: as many steps as there are workers, whatever the number of tasks.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   delayed   zset, kept: id by due time, ms
--   ready:0-9 lists, kept: see ready.lua
--   workers   zset, kept: see leases.lua
--   leases    hash, kept: see leases.lua
--   condemned zset, gone a day after the last one: see leases.lua
--   suspects  hash, kept: see suspects.lua
--   failed    zset, kept: see finish.lua
--   totals    hash, kept: see observe.lua
--   moving    hash, kept: see move-out.lua
-- policy: FAILED_TTL, LOST_TTL, MOST_LOST
-- Reply: now (ms), paused (0|1), numbers of tasks: live, held, delayed, failed, suspects; counters as of counts.lua, when the next delayed
-- task is due (ms) or '', the last two samples and those for rates as of observe.lua, or '' each, number of priorities with ready tasks, number of
-- workers that have died, number of tasks on their way; three each priority: priority, entries, when the first task was due (ms) or ''; two each dead worker: id, when it died
-- (ms); then four a worker: id, "slots,ttl,suspectedAt", expiry of its lease (ms) or '', number of tasks that it holds
local lines, workers, held, busy = {}, {}, 0, 0
for priority in string.gmatch(mask, '%d') do
  local length = redis.pcall('LLEN', READY(priority))
  if type(length) == 'number' and length > 0 then
    busy = busy + 1
    lines[#lines + 1] = priority
    lines[#lines + 1] = whole(length)
    lines[#lines + 1] = due_of_first(priority)
  end
end
local rows = call('HGETALL', LEASES)
for i = 1, #rows, 2 do
  local worker, count = rows[i], 0
  for number in string.gmatch(held_by(worker), ':(%d+)') do
    count = count + tonumber(number)
  end
  held = held + count
  workers[#workers + 1] = worker
  workers[#workers + 1] = rows[i + 1]
  workers[#workers + 1] = call('ZSCORE', WORKERS, worker) or ''
  workers[#workers + 1] = whole(count)
end
local lost, dead = {}, redis.pcall('ZRANGE', CONDEMNED, -MOST_LOST, -1, 'WITHSCORES')
for i = #dead - 1, 1, -2 do
  if tonumber(dead[i + 1]) > now - LOST_TTL then
    lost[#lost + 1] = dead[i]
    lost[#lost + 1] = whole(tonumber(dead[i + 1]))
  end
end
-- For looking only, as the others: a key of another type has none.
local moving = redis.pcall('HLEN', MOVING)
local samples = redis.pcall('HMGET', TOTALS, '>', '<', '~')
local failed = redis.pcall('ZCOUNT', FAILED, whole(now - FAILED_TTL), '+inf')
local reply = {
  whole(now), paused and '1' or '0', whole(call('HLEN', TASK)), whole(held), whole(call('ZCARD', DELAYED)),
  whole(type(failed) == 'number' and failed or 0), whole(has_feature('s') and call('HLEN', SUSPECTS) or 0), counters,
  next_due and whole(next_due) or '', samples[1] or '', samples[2] or '', samples[3] or '', whole(busy), whole(#lost / 2),
  whole(type(moving) == 'number' and moving or 0),
}
for _, part in ipairs(lines) do
  reply[#reply + 1] = part
end
for _, part in ipairs(lost) do
  reply[#reply + 1] = part
end
for _, part in ipairs(workers) do
  reply[#reply + 1] = part
end
return reply
