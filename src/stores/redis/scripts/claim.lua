-- include: head, batch, ready, task, held, suspects
-- Claims ready tasks for a worker. Raises, on a key of the wrong type, before it has written anything: entries leave their
-- lists when the worker holds their tasks, not before.
--
-- KEYS
--   meta      hash, kept: see head.lua
--   task      hash, kept: see task.lua
--   held      hash, kept: see held.lua
--   idle      zset, kept: see wake.lua
--   suspects  hash, kept: see suspects.lua
--   delayed   zset, kept: id by due time, ms
--   ready:0-9 lists, kept: see requeue.lua
-- ARGV
--   worker    its id
-- policy: CHUNK_TASKS, SUSPECT_DELAY

-- Delayed tasks that are due become ready, in the order of their times. One whose list has another type stays delayed.
local function make_due_ready()
  local due = call('ZRANGEBYSCORE', DELAYED, '-inf', now, 'LIMIT', 0, CHUNK_TASKS)
  local moved = {}
  for _, id in ipairs(due) do
    local value = call('HGET', TASK, id)
    local task = value and unpack_task(value)
    if task then
      will_have_ready(task.priority)
    end
    if not task or type(redis.pcall('RPUSH', READY(task.priority), id .. ':' .. task.generation)) == 'number' then
      moved[#moved + 1] = id
    end
  end
  call_with('ZREM', DELAYED, moved)
end

local ids, values = {}, {}

-- id -> true: what this claim takes
local taken = {}

-- Lists that were looked at: priority, number of their first entries that were looked at, those of them that stay, and whether
-- there are no others
local looked_at = {}

-- Takes the task of a list entry; not one that was left over. Several entries may name a task that cannot be read.
local function take(entry)
  local id, generation = string.match(entry, '^(.*):(%d+)$')
  local value = id and not taken[id] and call('HGET', TASK, id)
  if not value then
    return false
  end
  local named, perhaps_again = is_named(value, generation)
  if not named or perhaps_again and call('HEXISTS', HELD, id) == 1 then
    return false
  end
  taken[id] = true
  ids[#ids + 1] = id
  -- An empty text stands for a task that is gone.
  values[#values + 1] = value == '' and ' ' or value
  return true
end

local function take_plain(max)
  for priority in string.gmatch(priorities, '%d') do
    local key, seen, is_all = READY(priority), 0, false
    while #ids < max and not is_all do
      local wanted = math.min(max - #ids, CHUNK_TASKS)
      local entries = call('LRANGE', key, seen, seen + wanted - 1)
      for _, entry in ipairs(entries) do
        take(entry)
      end
      seen = seen + #entries
      is_all = #entries < wanted
    end
    looked_at[#looked_at + 1] = { priority, seen, {}, is_all }
  end
end

-- Number of tasks that the worker holds, and whether one of them is a suspect.
local function holdings()
  local holds, has_suspect = 0, false
  local held = call('HGETALL', HELD)
  for i = 1, #held, 2 do
    local _, _, by = unpack_held(held[i + 1])
    if by == worker then
      holds = holds + 1
      has_suspect = has_suspect or call('HEXISTS', SUSPECTS, held[i]) == 1
    end
  end
  return holds, has_suspect
end

-- A suspect goes alone to a worker that holds nothing; others pass it by. Returns whether the worker can take no more until a
-- task that it holds has ended.
local function take_among_suspects(max)
  local holds, has_suspect = holdings()
  if has_suspect then
    return true
  end
  local is_blocked = false
  for priority in string.gmatch(priorities, '%d') do
    local key, seen, passed, is_all = READY(priority), 0, {}, false
    while #ids < max and not is_blocked do
      local entry = call('LRANGE', key, seen, seen)[1]
      if not entry then
        is_all = true
        break
      end
      seen = seen + 1
      local id = string.match(entry, '^(.*):%d+$')
      local since = id and tonumber(call('HGET', SUSPECTS, id) or '')
      if not since then
        take(entry)
      elseif holds == 0 and #ids == 0 then
        is_blocked = take(entry)
      else
        passed[#passed + 1] = entry
        -- Else a suspect would wait for ever where no worker is ever empty.
        is_blocked = now - since > SUSPECT_DELAY
      end
    end
    looked_at[#looked_at + 1] = { priority, seen, passed, is_all }
  end
  return is_blocked
end

-- Takes the entries that were looked at from their lists, but for those that were passed.
local function drop_entries()
  local left = priorities
  for _, list in ipairs(looked_at) do
    local priority, seen, passed, is_all = unpack(list)
    if seen > #passed then
      call('LPOP', READY(priority), seen)
      for i = #passed, 1, -1 do
        call('LPUSH', READY(priority), passed[i])
      end
    end
    if is_all and #passed == 0 then
      left = string.gsub(left, priority, '')
    end
  end
  save_priorities(left)
end

-- Puts the taken tasks under the worker's lease. Returns the first fence; the others follow it.
local function hold_taken()
  local fence = math.max((tonumber(meta[3] or '') or 0) + 1, micros)
  local rows = {}
  for i, id in ipairs(ids) do
    rows[#rows + 1] = id
    rows[#rows + 1] = whole(fence + i - 1) .. ',' .. whole(now) .. ',' .. worker
  end
  call_with('HSET', HELD, rows)
  if #ids > 0 then
    call('HSET', META, 'fence', whole(fence + #ids - 1))
  end
  return whole(fence)
end

-- An idle worker is woken when something is ready, and looks itself when the next delayed task is due.
local function set_idle(is_idle)
  if not is_idle then
    call('ZREM', IDLE, worker)
    return
  end
  call('ZADD', IDLE, 'NX', whole(micros), worker)
  local due = call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')[2]
  if due then
    call('HSET', META, 'nextTimer', due .. ',' .. worker)
  end
end

-- Returns ids, live tasks and the first fence. A worker that got less than it wanted becomes idle.
local function claim(max)
  -- Raises here or nowhere: later the tasks are claimed.
  call('ZCARD', IDLE)
  local is_blocked = false
  if max > 0 and not paused then
    if has_suspects then
      is_blocked = take_among_suspects(max)
    else
      take_plain(max)
    end
  end
  local first_fence = hold_taken()
  drop_entries()
  set_idle(#ids < max and not is_blocked)
  return ids, values, first_fence
end
