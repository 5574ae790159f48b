-- include: registered, notices, hand-off
-- Queues tasks whose ids are new for certain, all of one priority, and all ready or all delayed. Refused whole when the server is out
-- of memory.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   delayed   zset, kept: id by due time, ms
--   line      list, kept: ready tasks of the priority, see ready.lua
-- ARGV
--   priority  of the tasks
--   delays    msgpack of the delay of each task, ms; '' where all are ready
--   tasks     msgpack of two a task: id, live task without its times
-- Reply: when the tasks were queued (ms)
-- Raise, on a key of the wrong type, before a task is stored: one that is in no list would never run.
call('LLEN', LINE)
if delays ~= '' then
  call('ZCARD', DELAYED)
end
local both = cmsgpack.unpack(tasks)
local n = #both / 2
local queued = whole(now)

-- Returns the first due time.
local function delay_tasks()
  local entries, first = {}, nil
  for i, delay in ipairs(cmsgpack.unpack(delays)) do
    local due = now + tonumber(delay)
    first = math.min(first or due, due)
    both[2 * i] = queued .. ',' .. whole(due) .. ',' .. both[2 * i]
    entries[2 * i - 1] = whole(due)
    entries[2 * i] = both[2 * i - 1]
  end
  call('HSET', TASK, unpack(both))
  call('ZADD', DELAYED, unpack(entries))
  return first
end

-- Hands them to idle workers, as far as possible, and makes the rest ready.
local function make_ready()
  for i = 2, #both, 2 do
    both[i] = queued .. ',,' .. both[i]
  end
  call('HSET', TASK, unpack(both))
  local left = may_hand_off() and hand_off(both) or n
  if left > 0 then
    local ids = {}
    for i = n - left + 1, n do
      ids[#ids + 1] = both[2 * i - 1]
    end
    local before = call('RPUSH', LINE, unpack(ids)) - left
    -- Of the tasks of other priorities it is only known that there are some.
    local is_alone = mask == '' or mask == priority
    local spare = is_alone and idle ~= '' and slots_on_the_way() - before or 0
    mark_priority(priority)
    wake(left - math.max(0, spare))
  end
  save_batches()
end

if delays == '' then
  make_ready()
else
  local due = delay_tasks()
  if not next_due or next_due > due then
    set_next_due(due)
  end
end
announce('queued', both)
wake_for_due()
save_state()
return queued
