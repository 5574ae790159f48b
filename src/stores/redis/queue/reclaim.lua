-- include: head, leases, requeue, orphans, counts, wake
-- flags: allow-oom
-- One pass over the expired workers, and over a chunk of the tasks that condemned ones, or workers that nobody knows, hold.
--
-- KEYS
--   state     hash, kept: see state.lua
--   task      hash, kept: see tasks.lua
--   workers   zset, kept: see leases.lua
--   leases    hash, kept: see leases.lua
--   suspects  hash, kept: see suspects.lua
--   condemned zset, gone a day after the last one: see leases.lua
--   moving    hash, kept: see move-out.lua
-- ARGV
--   crash_cap crashes after which a task ends
--   grace     shortest time between suspicion and condemnation, ms
-- policy: CHUNK_TASKS
-- Reply: condemned workers (list), number of requeued tasks, tasks at the crash cap (list, three each: id, fence of the batch, place;
-- reclaim-failed.lua ends them), more (0|1), when a task was claimed last in a queue that is empty and has no worker (ms, 0: never;
-- -1: the queue is in use), number of tasks on their way to another queue

-- Raise before anything is moved.
check_delayed()
call('HLEN', TASK)
call('HLEN', SUSPECTS)
call('ZCARD', CONDEMNED)
local on_their_way = call('HLEN', MOVING)

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
      local value = is_held(batch, place) and call('HGET', TASK, id)
      if value then
        entries[#entries + 1] = { id = id, batch = batch, place = place, priority = tonumber(read_task(value).priority) }
      elseif is_held(batch, place) then
        let_go(batch, place)
      end
    end
    if not batch then
      note_held(worker, fence, 0)
    end
  end
  return entries
end

-- Marks what may have been running, and returns how many. A worker starts its tasks by priority, then by fence; so a task waits for its
-- slot while as many others as there are slots came before it, none of a lower priority.
local function mark_running(entries, slots)
  local earlier, running = {}, 0
  for _, entry in ipairs(entries) do
    local before = 0
    for priority = entry.priority, 9 do
      before = before + (earlier[priority] or 0)
    end
    entry.may_have_run = before < slots
    running = running + (entry.may_have_run and 1 or 0)
    earlier[entry.priority] = (earlier[entry.priority] or 0) + 1
  end
  return running
end

-- Requeues a task unless it has reached the cap of crashes. Only one that was held alone is to blame for certain; others that
-- may be are suspects. Of those that ran together as many run together again as the root of their number, so that one to blame is
-- found by few deaths; a suspect whose process dies again runs alone. Returns whether it stays.
local function move(entry, is_alone, running)
  local value = call('HGET', TASK, entry.id)
  local task = read_task(value)
  if entry.may_have_run then
    local was_suspect = suspect(entry.id) ~= nil
    if is_alone then
      task.crashes = task.crashes + 1
      save_task(entry.id, value, task)
    end
    local where = task.crashes >= tonumber(crash_cap) and 'h' or 'r'
    local company = (is_alone or was_suspect) and 0 or math.max(1, math.floor(math.sqrt(running)))
    call('HSET', SUSPECTS, entry.id, where .. ',' .. whole(now) .. ',' .. whole(company))
    has_new_suspects = true
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
  local running = mark_running(entries, slots)
  local left = 0
  -- From the last to the first: each task is put before the ones that were moved already.
  for rank = #entries, 1, -1 do
    -- A last task is not left for the next pass, which would think that it had been held alone.
    local is_last_of_many = rank == 1 and #entries > 1 and left == 0
    if room <= 0 and not is_last_of_many then
      more = 1
      left = left + 1
    else
      room = room - 1
      left = left + (move(entries[rank], #entries == 1, running) and 1 or 0)
    end
  end
  return left
end

local dead = candidates()
if truce_left > 0 then
  -- Leases may be over by another clock, or seem so since their renewals are lost.
  return { {}, 0, {}, #dead > 0 and 1 or 0, '-1', 0 }
end
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
-- The list of queues that the caller goes through may name one that was forgotten meanwhile: its state is not begun anew.
if state[1] and (searched < 0 or searched >= tonumber(grace)) then
  requeued = requeued + give_orphans_back()
  set('O', whole(now))
end
count('reclaimed', requeued)
note_batches()
wake_idle()
save_batches()
save_state()
local is_unused = state[1] and call('HLEN', TASK) == 0 and call('HLEN', LEASES) == 0
local unused_since = is_unused and whole(math.floor(last_fence / 1000)) or '-1'
return { condemned, requeued, failing, more, unused_since, on_their_way }
