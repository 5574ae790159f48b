-- include: registered, history, leases, requeue, records, find-held, left-overs, counts, wake
-- flags: allow-oom
-- Gives a worker back what it holds, after the history of the store has changed: its lease, and its tasks under the fences of their
-- claims. Restores those that the store does not know any more. What the store thought that the worker held, and it does not, goes
-- back to the head of the queue, and no run counts.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   workers   zset, kept: see leases.lua
--   delayed   zset, kept: id by due time, ms
-- ARGV
--   worker    its id
--   most      tasks that it runs at once
--   ttl       of the lease, ms
--   history   name of the present one; '' where it is not known
--   top       highest fence that the worker has seen
--   kept      msgpack of the fences of all its tasks; '' in all but the first of several calls
--   tasks...  five each: id, fence of the batch, place in it, when it was claimed (ms), live task as it was claimed
-- Reply: last fence of the queue, '' for a worker that was condemned; a letter a task (h held | s held by another worker, under a later
-- fence | o over: its end, or that of this run, is recorded); SLOTS when other slots are in use
if not knows_slots() then
  return redis.error_reply('SLOTS ' .. slots_in_use)
end
-- Raise before anything is moved.
check_delayed()
check_left_overs()
call('HLEN', TASK)
if is_buried(worker) then
  return { '', '' }
end
note_history(history, '', ttl, true)
call('ZADD', WORKERS, whole(now + tonumber(ttl)), worker)
save_lease(worker, tonumber(most), tonumber(ttl), NOT_SUSPECTED)
set('W:' .. worker, '0')
drop_idle(worker)
end_lanes(worker)
last_fence = math.max(last_fence, tonumber(top))
set('F', whole(last_fence))

-- Puts back what the worker does not hold. is_kept: fence -> true.
local function put_back_others(is_kept)
  local fences, moved = fences_of(worker), {}
  for i = #fences, 1, -1 do
    local batch = batch_of(fences[i])
    if not batch then
      note_held(worker, fences[i], 0)
    end
    for place = batch and #batch.ids or 0, 1, -1 do
      local id = batch.ids[place]
      if is_held(batch, place) and not is_kept[whole(tonumber(fences[i]) + place - 1)] then
        let_go(batch, place)
        local value = call('HGET', TASK, id)
        if value then
          put_at_head(id, read_task(value).priority)
          moved[#moved + 1] = id
        end
      end
    end
  end
  drop_progress(moved)
  count('released', #moved)
end

if kept ~= '' then
  local is_kept = {}
  for _, fence in ipairs(cmsgpack.unpack(kept)) do
    is_kept[fence] = true
  end
  put_back_others(is_kept)
end

-- Holds the task of an id at its place of a batch, which is made where it is missing. Returns whether no other task is there.
local function hold(id, fence, place, at)
  local batch = batch_of(fence)
  if batch and (batch.by ~= worker or (batch.ids[place] or id) ~= id and batch.ids[place] ~= '') then
    return false
  end
  if not batch then
    batch = { fence = fence, by = worker, at = at, marks = '', ids = {} }
    batches[fence] = batch
  end
  if batch.marks == '' then
    batch.marks = string.rep('1', #batch.ids)
  end
  for missing = #batch.ids + 1, place do
    batch.ids[missing] = ''
    batch.marks = batch.marks .. '0'
  end
  batch.ids[place] = id
  batch.marks = string.sub(batch.marks, 1, place - 1) .. '1' .. string.sub(batch.marks, place + 1)
  batch.is_changed = true
  if suspect(id) then
    move_suspect(id, 'h')
    note_held(worker, fence, '1x')
  end
  return true
end

local function runs_of(value)
  return tonumber(read_task(value).runs or '') or 0
end

-- Takes a task that waits out of the queue.
local function take_out(id)
  if call('ZREM', DELAYED, id) == 0 then
    leave_over(id)
  else
    local first = call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')[2]
    set_next_due(tonumber(first or ''))
  end
end

local wanted = {}
for i = TASKS, #ARGV, 5 do
  wanted[ARGV[i]] = true
end
local found = next(wanted) and find_held(wanted) or {}

-- Returns the letter of the reply.
local function adopt(id, fence, place, at, value)
  local stored, holder = call('HGET', TASK, id), found[id]
  if stored and runs_of(stored) > runs_of(value) or not stored and find_record(id) then
    return 'o'
  end
  local its_fence = holder and tonumber(holder.batch.fence) + holder.place - 1 or 0
  local own_fence = tonumber(fence) + place - 1
  local is_mine = holder and holder.batch.by == worker and its_fence == own_fence
  if not is_mine and its_fence >= own_fence or not hold(id, fence, place, at) then
    return 's'
  end
  if holder and not is_mine then
    let_go(holder.batch, holder.place)
  elseif stored and not holder then
    take_out(id)
  end
  if not stored or runs_of(stored) < runs_of(value) then
    call('HSET', TASK, id, value)
  end
  found[id] = { batch = batch_of(fence), place = place }
  return 'h'
end

local letters = {}
for i = TASKS, #ARGV, 5 do
  letters[#letters + 1] = adopt(ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3], ARGV[i + 4])
end
note_batches()
wake_idle()
save_batches()
save_state()
return { whole(last_fence), table.concat(letters) }
