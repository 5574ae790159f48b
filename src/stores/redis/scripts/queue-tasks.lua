-- include: registered, ready, task, batch, counts, events, wake
-- Stores tasks and makes them ready, or delays them.
--
-- KEYS
--   meta      hash, kept: see head.lua
--   task      hash, kept: see task.lua
--   delayed   zset, kept: id by due time, ms
--   ready:0-9 lists, kept: see requeue.lua
--   done...   strings, gone with the result's ttl: records; one for each task whose id may have been used before
-- ARGV
--   tasks...  six a task: id, body, priority, delay (ms), inbox ('' for none), number of its done key, from 1 (0: the id is
--             new for certain)

-- Returns the record of a finished task of that id, or nothing.
local function find_finished(number)
  return number > 0 and record_at(DONE(number)) or nil
end

-- Raises, on a key of the wrong type, before a task is stored: one that is in no list would never run.
local function check_lists()
  local seen = {}
  for i = TASKS, #ARGV, 6 do
    local priority, is_delayed = ARGV[i + 2], tonumber(ARGV[i + 3]) > 0
    local list = is_delayed and DELAYED or READY(priority)
    if not seen[list] then
      seen[list] = true
      call(is_delayed and 'ZCARD' or 'LLEN', list)
    end
  end
end

-- Replies with three a task: 1 queued | 0 duplicate, queuedAt (ms), record of a finished duplicate or ''.
local function queue_tasks()
  local generation = tonumber(meta[4] or '') or 0
  local reply, pushes = {}, {}
  check_lists()
  for i = TASKS, #ARGV, 6 do
    local id, body, priority, delay, inbox = ARGV[i], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3]), ARGV[i + 4]
    local finished = find_finished(tonumber(ARGV[i + 5]))
    local is_new, queued = 0, nil
    if finished then
      queued = string.match(finished, '^%d+,%d+,%d+,%d+,(%d+)') or whole(now)
    else
      local task = {
        generation = whole(generation + 1), priority = priority, queued = whole(now), due = whole(now + delay), runs = 0,
        crashes = 0, inboxes = inbox,
      }
      is_new = call('HSETNX', TASK, id, pack_task(task, body, ''))
      if is_new == 1 then
        generation = generation + 1
        if delay > 0 then
          call('ZADD', DELAYED, task.due, id)
        else
          pushes[priority] = pushes[priority] or {}
          table.insert(pushes[priority], id .. ':' .. task.generation)
        end
        count('queued')
        if has_listeners then
          announce('queued', id, pack_record(6, task, '0', '0', '0', '', body, '', ''))
        end
      else
        local value = call('HGET', TASK, id)
        task = unpack_task(value)
        add_inbox(id, value, task, inbox)
      end
      queued = task.queued
    end
    local at = #reply
    reply[at + 1] = is_new
    reply[at + 2] = queued
    reply[at + 3] = finished or ''
  end
  call('HSET', META, 'generation', whole(generation))
  for priority, entries in pairs(pushes) do
    will_have_ready(priority)
    call_with('RPUSH', READY(priority), entries)
  end
  publish_events()
  save_counts()
  wake()
  return reply
end
