-- include: head, leases, requeue, counts, wake
-- flags: allow-oom
-- One pass over the expired workers, and over a chunk of the tasks that condemned ones, or workers that nobody knows, hold.
--
-- KEYS
--   task      hash, kept: see task.lua
--   held      hash, kept: see held.lua
--   workers   zset, kept: worker by expiry of its lease, ms
--   leases    hash, kept: see leases.lua
--   idle      zset, kept: see wake.lua
--   suspects  hash, kept: see suspects.lua
-- ARGV
--   crash_cap crashes after which a task ends
--   grace     shortest time between suspicion and condemnation, ms
-- policy: CHUNK_TASKS
-- Reply: condemned workers (list), number of requeued tasks, ids at the crash cap (list, which reclaim-failed.lua ends), more
-- (0|1)
local condemned, failing = {}, {}
local requeued, more = 0, 0

-- Suspects an expired worker, or condemns it when it was suspected long enough ago. Returns whether it is condemned.
local function condemn(worker, slots, ttl, suspected_at)
  if suspected_at == IS_CONDEMNED then
    return true
  end
  local expiry = call('ZSCORE', WORKERS, worker)
  if expiry and tonumber(expiry) > now then
    return false
  end
  if suspected_at == NOT_SUSPECTED then
    save_lease(worker, slots, ttl, now)
    more = 1
    return false
  end
  if now - suspected_at < tonumber(grace) then
    more = 1
    return false
  end
  -- Condemned before its tasks move, so that no later call of the worker counts.
  save_lease(worker, slots, ttl, IS_CONDEMNED)
  call('ZREM', WORKERS, worker)
  redis.pcall('ZREM', IDLE, worker)
  condemned[#condemned + 1] = worker
  return true
end

-- Whoever holds the tasks whose rows name no worker that is known: another program has written there. None of them counts as
-- running.
local nobody = { slots = 0, holds = 0, left = 0 }

-- Tasks of the dead workers and of nobody, in the order of their fences; entry.rank: the task's number among those of its
-- worker, from 1. dead, known: by worker.
local function tasks_of(dead, known)
  local entries = {}
  local held = call('HGETALL', HELD)
  for i = 1, #held, 2 do
    local fence, _, by = unpack_held(held[i + 1])
    local holder = dead[by] or not known[by] and nobody
    if holder then
      entries[#entries + 1] = { id = held[i], fence = tonumber(fence), worker = holder }
    end
  end
  table.sort(entries, function(a, b) return a.fence < b.fence end)
  for _, entry in ipairs(entries) do
    entry.worker.holds = entry.worker.holds + 1
    entry.rank = entry.worker.holds
  end
  return entries
end

-- Counts the crash, and requeues the task unless it has reached the cap.
local function move(entry, value)
  local id, worker, task = entry.id, entry.worker, unpack_task(value)
  -- Tasks start in the order of their fences: only the first ones can have been running.
  local running = math.min(worker.slots, worker.holds)
  if entry.rank <= running then
    if running == 1 then
      task.crashes = task.crashes + 1
    end
    call('HSET', SUSPECTS, id, whole(now))
  end
  if worker ~= nobody and task.crashes >= tonumber(crash_cap) then
    worker.left = worker.left + 1
    save_task(id, value, task)
    failing[#failing + 1] = id
  else
    requeue(id, value, task, 0, true)
    requeued = requeued + 1
    count('reclaimed')
  end
end

-- worker -> slots; holds: number of its tasks; left: of those that stay for a later pass or for reclaim-failed.lua
local dead, known = {}, {}
local leases = call('HGETALL', LEASES)
for i = 1, #leases, 2 do
  local slots, ttl, suspected_at = unpack_lease(leases[i + 1])
  known[leases[i]] = true
  if condemn(leases[i], slots, ttl, suspected_at) then
    dead[leases[i]] = { slots = slots, holds = 0, left = 0 }
  end
end
local entries, room = tasks_of(dead, known), CHUNK_TASKS
-- From the last to the first: requeue puts each task before the ones that it has moved already.
for at = #entries, 1, -1 do
  local entry = entries[at]
  local worker = entry.worker
  local value = call('HGET', TASK, entry.id)
  -- A last task is not left for the next pass, which would think that it had run alone.
  local is_last_of_many = entry.rank == 1 and worker.holds > 1 and worker.left == 0
  if not value then
    call('HDEL', HELD, entry.id)
  elseif room <= 0 and not is_last_of_many then
    more = 1
    worker.left = worker.left + 1
  else
    room = room - 1
    move(entry, value)
  end
end
for id, worker in pairs(dead) do
  if worker.left == 0 then
    forget_worker(id, true)
  end
end
save_counts()
wake()
return { condemned, requeued, failing, more }
