-- include: head, leases, requeue, counts, wake
-- flags: allow-oom
-- Ends a lease. The tasks that the worker holds go back to the head of the queue, and no run counts.
--
-- KEYS
--   task      hash, kept: see task.lua
--   held      hash, kept: see held.lua
--   workers   zset, kept: worker by expiry of its lease, ms
--   idle      zset, kept: see wake.lua
-- ARGV
--   worker    its id
-- Reply: 1
local mine = {}
local held = call('HGETALL', HELD)
for i = 1, #held, 2 do
  local fence, _, by = unpack_held(held[i + 1])
  if by == worker then
    mine[#mine + 1] = { held[i], tonumber(fence) }
  end
end
table.sort(mine, function(a, b) return a[2] > b[2] end)
for _, entry in ipairs(mine) do
  local value = call('HGET', TASK, entry[1])
  if value then
    requeue(entry[1], value, unpack_task(value), 0, true)
    count('released')
  end
end
call('ZREM', WORKERS, worker)
redis.pcall('ZREM', IDLE, worker)
forget_worker(worker, is_condemned(worker))
save_counts()
wake()
return 1
