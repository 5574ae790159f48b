-- include: requeue, leases, dropped-keys
-- Gives tasks back to the queue whose holder nobody knows, since another program has written there, or the server has dropped a key to make
-- room. No crash counts.
--
-- KEYS
--   state     hash, kept: see batches.lua
--   task      hash, kept: see tasks.lua
--   leases    hash, kept: see leases.lua
--   delayed   zset, kept: id by due time, ms
--   ready:0-9 lists, kept: see ready.lua
--   tombs     hash, kept: see left-overs.lua

-- All batches, and the fences of those that cannot be read.
local function all_batches()
  local found, unreadable = {}, {}
  for _, field in ipairs(call('HKEYS', STATE)) do
    local fence = string.match(field, '^B:(.*)$')
    local batch = fence and batch_of(fence)
    if batch then
      found[#found + 1] = batch
    elseif fence then
      unreadable[#unreadable + 1] = fence
    end
  end
  return found, unreadable
end

local function give_back(id, value)
  local task = read_task(value)
  local due = tonumber(task.due or '')
  if due and due > now then
    delay_task(id, due)
  else
    put_at_head(id, task.priority)
  end
  drop_progress({ id })
end

-- Returns the number of tasks of a batch that are ready again.
local function give_batch_back(batch)
  local moved = 0
  for place = #batch.ids, 1, -1 do
    local id = batch.ids[place]
    local value = is_held(batch, place) and call('HGET', TASK, id)
    if value then
      give_back(id, value)
      moved = moved + 1
    end
  end
  let_go_all(batch)
  return moved
end

-- ids -> true of all tasks that are delayed, in a list, or held.
local function tasks_in_place(held_batches)
  local known = {}
  local function add(ids)
    for _, id in ipairs(ids) do
      known[id] = true
    end
  end
  add(call('ZRANGE', DELAYED, 0, -1))
  for priority = 0, 9 do
    add(redis.pcall('LRANGE', READY(priority), 0, -1))
  end
  for _, batch in ipairs(held_batches) do
    for place, id in ipairs(batch.ids) do
      known[id] = known[id] or is_held(batch, place)
    end
  end
  return known
end

-- Returns the number of tasks that are in a place again. It reads the whole queue, since only what is gone knew its tasks.
local function give_missing_back(held_batches)
  local known, moved = tasks_in_place(held_batches), 0
  for _, id in ipairs(call('HKEYS', TASK)) do
    if not known[id] then
      -- What was left over of it is gone with its list.
      delete_of_feature('z', TOMBS, { id })
      give_back(id, call('HGET', TASK, id))
      moved = moved + 1
    end
  end
  return moved
end

-- No worker holds a batch any more.
local function forget_batch(fence)
  for _, worker in ipairs(call('HKEYS', LEASES)) do
    if string.find(held_by(worker), ' ' .. fence .. ':', 1, true) then
      note_held(worker, fence, 0)
    end
  end
end

-- Returns the number of tasks that are ready again.
local function give_orphans_back()
  local found, unreadable = all_batches()
  local moved = 0
  for _, batch in ipairs(found) do
    if call('HEXISTS', LEASES, batch.by) == 0 then
      moved = moved + give_batch_back(batch)
      forget_batch(batch.fence)
    end
  end
  drop_gone()
  note_what_is_there()
  if #unreadable > 0 or call('HLEN', TASK) > count_places(found) then
    moved = moved + give_missing_back(found)
    for _, fence in ipairs(unreadable) do
      dropped[#dropped + 1] = 'B:' .. fence
      forget_batch(fence)
    end
  end
  return moved
end
