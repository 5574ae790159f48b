-- include: head, ready, batches, idle, suspects
-- Claims ready tasks for a worker. Where it raises, on a key of the wrong type, it has changed nothing.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   tombs     hash, kept: id of a revoked task -> '1' while it is left over in a list of ready tasks
--   ready:0-9 lists, kept: see ready.lua
-- ARGV
--   worker    its id
-- policy: CHUNK_TASKS, SUSPECT_DELAY

local ids, values = {}, {}

-- Entries that are out of their lists, and not leased yet: priority and ids in turn.
local popped, left_over = {}, {}

-- Raise where entries are moved one by one, or named in one more key. The plain path puts back what it has taken instead.
local function check_keys()
  if has_feature('s') then
    call('HLEN', TASK)
    for priority in string.gmatch(mask, '%d') do
      call('LLEN', READY(priority))
    end
  end
  if has_feature('z') then
    call('HLEN', TOMBS)
  end
end

-- Takes the tasks of list entries; not those that were left over.
local function take(entries)
  local found = call('HMGET', TASK, unpack(entries))
  for i, id in ipairs(entries) do
    if found[i] then
      ids[#ids + 1] = id
      values[#values + 1] = found[i]
    else
      left_over[#left_over + 1] = id
    end
  end
end

-- Of a claim that cannot be finished.
local function put_back_popped()
  for i = #popped, 1, -2 do
    local priority, entries = popped[i - 1], popped[i]
    for j = #entries, 1, -1 do
      call('LPUSH', READY(priority), entries[j])
    end
    mark_priority(priority)
  end
  ids, values = {}, {}
end

local function take_plain(max)
  while #ids < max and mask ~= '' do
    local priority = string.sub(mask, 1, 1)
    local wanted = math.min(max - #ids, CHUNK_TASKS)
    local entries = call('LPOP', READY(priority), wanted)
    if not entries or #entries < wanted then
      mask = string.sub(mask, 2)
    end
    if entries then
      popped[#popped + 1] = priority
      popped[#popped + 1] = entries
      take(entries)
    end
  end
end

-- A suspect goes alone to a worker that holds nothing; others pass it by. Returns whether the worker can take no more until a
-- task that it holds has ended, and whether it got a suspect.
local function take_among_suspects(max)
  local held = held_by(worker)
  if string.find(held, 'x', 1, true) then
    return true, false
  end
  local is_blocked, is_suspect = false, false
  for priority in string.gmatch(mask, '%d') do
    local key, passed = READY(priority), {}
    while #ids < max and not is_blocked do
      local id = call('LPOP', key)
      if not id then
        break
      end
      local _, since = suspect(id)
      if not since then
        take({ id })
      elseif held == '' and #ids == 0 then
        take({ id })
        is_blocked = #ids > 0
        is_suspect = is_blocked
      else
        passed[#passed + 1] = id
        -- Else a suspect would wait for ever where no worker is ever empty.
        is_blocked = now - since > SUSPECT_DELAY
      end
    end
    for i = #passed, 1, -1 do
      call('LPUSH', key, passed[i])
    end
  end
  if is_suspect then
    move_suspect(ids[1], 'h')
  end
  return is_blocked, is_suspect
end

-- Takes ready tasks and leases them to the worker. Returns the fence of the batch, '' for none, and whether the worker can take no
-- more until a task that it holds has ended.
local function claim(max)
  local is_blocked, is_suspect = false, false
  if max > 0 and not paused and mask ~= '' then
    check_keys()
    if has_feature('s') then
      is_blocked, is_suspect = take_among_suspects(max)
    else
      local is_taken, reason = pcall(take_plain, max)
      if not is_taken then
        put_back_popped()
        error(reason, 0)
      end
    end
    delete_of_feature('z', TOMBS, left_over)
  end
  if #ids == 0 then
    return '', is_blocked
  end
  local fence = math.max(last_fence + 1, micros)
  last_fence = fence + #ids - 1
  set('F', whole(last_fence))
  add_batch(worker, whole(fence), ids, is_suspect)
  return whole(fence), is_blocked
end

-- An idle worker is woken when something is ready, and looks itself when the next delayed task is due. Where none is, it no longer
-- looks when it was told before, and whoever queues the next delayed task has to wake one. One that leaves a task to
-- others goes behind the other idle workers, one of which looks at the due time in its place.
local function become_idle(slots, kind, leaves_to_others)
  if leaves_to_others then
    drop_idle(worker)
  end
  local leaves_it = leaves_to_others and idle ~= ''
  add_idle(worker, slots, kind)
  if next_due and not leaves_it then
    state[9] = whole(next_due) .. ',' .. worker
    set('U', state[9])
  elseif state[9] and string.match(state[9], '^%d+,(.*)$') == worker then
    state[9] = ''
    set('U', '')
  end
end
