-- include: head, leases, requeue, orphans, counts, wake
-- flags: allow-oom
-- One pass over the expired workers, and over a chunk of the tasks that condemned ones, or workers that nobody knows, hold.
--
-- KEYS
--   state     hash, kept: see head.lua
--   task      hash, kept: see tasks.lua
--   workers   zset, kept: see leases.lua
--   leases    hash, kept: see leases.lua
--   suspects  hash, kept: see suspects.lua
--   condemned zset, gone a day after the last one: see leases.lua
-- ARGV
--   crash_cap crashes after which a task ends
--   grace     shortest time between suspicion and condemnation, ms
-- policy: CHUNK_TASKS
-- Reply: condemned workers (list), number of requeued tasks, tasks at the crash cap (list, three each: id, fence of the batch, place;
-- reclaim-failed.lua ends them), more (0|1), when a task was claimed last in a queue that is empty and has no worker (ms, 0: never;
-- -1: the queue is in use)

-- Raise before anything is moved.
check_delayed()
call('HLEN', TASK)
call('HLEN', SUSPECTS)
call('ZCARD', CONDEMNED)

local condemned, failing = {}, {}
local requeued, more, room = 0, 0, CHUNK_TASKS

-- Suspects an expired worker, or condemns it when it was suspected long enough ago. Returns whether it is condemned.
local function condemn(worker, slots, ttl, suspected_at)
  if suspected_at == IS_CONDEMNED then
    return true
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
  drop_idle(worker)
  end_lease(worker)
  condemned[#condemned + 1] = worker
  return true
end

-- Workers whose lease is over, condemned ones that still have tasks among them; and those of which another program has deleted the
-- expiry.
local function candidates()
  local found = call('ZRANGEBYSCORE', WORKERS, '-inf', whole(now))
  if call('HLEN', LEASES) ~= call('ZCARD', WORKERS) then
    for _, worker in ipairs(call('HKEYS', LEASES)) do
      if not call('ZSCORE', WORKERS, worker) then
        found[#found + 1] = worker
      end
    end
  end
  return found
end

-- Tasks that a dead worker holds, in the order of their fences.
local function tasks_of(worker)
  local entries = {}
  for _, fence in ipairs(fences_of(worker)) do
    local batch = batch_of(fence)
    for place, id in ipairs(batch and batch.ids or {}) do
      if is_held(batch, place) then
        entries[#entries + 1] = { id = id, batch = batch, place = place }
      end
    end
    if not batch then
      note_held(worker, fence, 0)
    end
  end
  return entries
end

-- Counts the crash, and requeues the task unless it has reached the cap. Returns whether it stays.
local function move(entry, rank, running, value)
  local task = read_task(value)
  -- Tasks start in the order of their fences: only the first ones can have been running.
  if rank <= running then
    if running == 1 then
      task.crashes = task.crashes + 1
      save_task(entry.id, value, task)
    end
    local where = task.crashes >= tonumber(crash_cap) and 'h' or 'r'
    call('HSET', SUSPECTS, entry.id, where .. ',' .. whole(now))
    add_feature('s')
  end
  if task.crashes >= tonumber(crash_cap) then
    for _, part in ipairs({ entry.id, entry.batch.fence, whole(entry.place) }) do
      failing[#failing + 1] = part
    end
    return true
  end
  put_at_head(entry.id, task.priority)
  drop_progress({ entry.id })
  let_go(entry.batch, entry.place)
  requeued = requeued + 1
  return false
end

-- Returns the number of tasks that stay for a later pass or for reclaim-failed.lua.
local function move_tasks(worker, slots)
  local entries = tasks_of(worker)
  local running, left = math.min(slots, #entries), 0
  -- From the last to the first: each task is put before the ones that were moved already.
  for rank = #entries, 1, -1 do
    local entry = entries[rank]
    local value = call('HGET', TASK, entry.id)
    -- A last task is not left for the next pass, which would think that it had run alone.
    local is_last_of_many = rank == 1 and #entries > 1 and left == 0
    if not value then
      let_go(entry.batch, entry.place)
    elseif room <= 0 and not is_last_of_many then
      more = 1
      left = left + 1
    else
      room = room - 1
      left = left + (move(entry, rank, running, value) and 1 or 0)
    end
  end
  return left
end

local dead = candidates()
if #dead > 0 then
  set('R', whole(now))
end
for _, worker in ipairs(dead) do
  local slots, ttl, suspected_at = unpack_lease(call('HGET', LEASES, worker))
  if not slots then
    slots, ttl, suspected_at = 1, 0, NOT_SUSPECTED
  end
  if condemn(worker, slots, ttl, suspected_at) and move_tasks(worker, slots) == 0 then
    forget_worker(worker, true)
  end
end
-- The search goes through all batches, and many workers may ask.
local searched = now - (tonumber(call('HGET', STATE, 'O') or '') or 0)
if searched < 0 or searched >= tonumber(grace) then
  requeued = requeued + give_orphans_back()
  set('O', whole(now))
end
count('reclaimed', requeued)
note_batches()
wake_idle()
save_batches()
save_state()
local is_unused = state[1] and call('HLEN', TASK) == 0 and call('HLEN', LEASES) == 0
return { condemned, requeued, failing, more, is_unused and whole(math.floor(last_fence / 1000)) or '-1' }
