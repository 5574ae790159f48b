-- include: plain-queue, notices, hand-off, unusable-list
-- Queues tasks whose ids are new for certain, all of one priority, and all ready or all delayed. Refused whole when the server is out
-- of memory.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   delayed   zset, kept: id by due time, ms
--   line      list, kept: ready tasks of the priority, see ready.lua
-- ARGV: all in plain-queue.lua
-- Reply: when the tasks were queued (ms)
-- A task that is in no list would never run: where the list has another type, the tasks are deleted again.
local function refuse(ids, failure)
  call('HDEL', TASK, unpack(ids))
  return failure
end

-- Returns the error, if there is one.
local function delay_tasks()
  local entries, ids, first = {}, {}, nil
  for i, delay in ipairs(cmsgpack.unpack(delays)) do
    local due = now + tonumber(delay)
    first = math.min(first or due, due)
    both[2 * i] = queued .. ',' .. whole(due) .. ',' .. both[2 * i] .. (has_bodies and ARGV[BODIES + i - 1] or '')
    ids[i] = both[2 * i - 1]
    entries[2 * i - 1] = whole(due)
    entries[2 * i] = ids[i]
  end
  call('HSET', TASK, unpack(both))
  local added = redis.pcall('ZADD', DELAYED, unpack(entries))
  if type(added) ~= 'number' then
    return refuse(ids, added)
  end
  if not next_due or next_due > first then
    set_next_due(first)
  end
end

-- Makes the tasks from a place on ready. Returns the error, if there is one.
local function add_to_list(from)
  local ids = {}
  for i = from, n do
    ids[#ids + 1] = both[2 * i - 1]
  end
  local length = redis.pcall('RPUSH', LINE, unpack(ids))
  if type(length) == 'number' then
    -- Of the tasks of other priorities it is only known that there are some.
    local is_alone = mask == '' or mask == priority
    local spare = is_alone and idle ~= '' and slots_on_the_way() - (length - #ids) or 0
    mark_priority(priority)
    wake(#ids - math.max(0, spare))
  elseif from == 1 then
    return refuse(ids, length)
  else
    -- Those before are with a worker.
    wait_for_list(ids)
  end
end

-- Hands the stored tasks to idle workers, as far as possible, and makes the rest ready. Returns the error, if there is one.
local function make_ready()
  local left = may_hand_off() and hand_off(both) or n
  local failure = left > 0 and add_to_list(n - left + 1) or nil
  save_batches()
  return failure
end

local failure = delays == '' and make_ready() or delays ~= '' and delay_tasks() or nil
if failure then
  return failure
end
announce('queued', both)
wake_for_due()
save_state()
return queued
