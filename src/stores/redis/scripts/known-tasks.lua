-- include: registered, head, tasks, batch, ready, records, notices, wake, suspects, requeue, add-inbox, remove-left-over
-- Queues tasks whose ids may have been used before: those of users, and those of a call that is sent again.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   tombs     hash, kept: see left-overs.lua
--   ready:0-9 lists, kept: see ready.lua
--   inboxes   hash, kept: see add-inbox.lua
-- ARGV
--   priority  of the tasks
--   delays    msgpack of the delay of each task, ms; '' where all are ready
--   tasks     msgpack of two a task: id, live task without its times

-- Raises, on a key of the wrong type, before a task is stored: one that is in no list would never run.
local function check_keys()
  check_delayed()
  call('HLEN', INBOXES)
  call('HLEN', TOMBS)
  if delays == '' then
    call('LLEN', READY(priority))
  end
end

-- Returns four a task: 1 queued | 0 duplicate, queuedAt (ms), record of a finished duplicate or '', job of a live duplicate or ''. An inbox
-- awaits no task of another job.
local function queue_known_tasks()
  local both = cmsgpack.unpack(tasks)
  local after = delays ~= '' and cmsgpack.unpack(delays) or {}
  local reply, fresh, ids = {}, {}, {}
  check_keys()
  for i = 1, #both, 2 do
    local id, tail = both[i], both[i + 1]
    local record = find_record(id)
    local is_new, queued, job = 0, whole(now), ''
    if record then
      queued = string.match(record, '^[^\n]*\n(%d+),') or queued
    else
      local delay = after[(i + 1) / 2]
      local due = delay and whole(now + tonumber(delay)) or ''
      local value = whole(now) .. ',' .. due .. ',' .. tail
      is_new = call('HSETNX', TASK, id, value)
      if is_new == 1 then
        remove_left_over(id)
        if delay then
          delay_task(id, now + tonumber(delay))
        else
          ids[#ids + 1] = id
        end
        fresh[#fresh + 1] = id
        fresh[#fresh + 1] = value
      else
        local known = read_task(call('HGET', TASK, id))
        local inbox, its_job = string.match(tail, '^([^,]*),([^,]*)')
        queued, job = known.queued, known.job or ''
        if job == its_job and not string.find(' ' .. known.inboxes .. ' ', ' ' .. inbox .. ' ', 1, true) then
          add_inbox(id, inbox)
        end
      end
    end
    reply[#reply + 1] = is_new
    reply[#reply + 1] = queued
    reply[#reply + 1] = record or ''
    reply[#reply + 1] = job
  end
  if #fresh == 0 and state[1] then
    -- WAIT of Redis 7.2 asks for the last write of its own connection: the task was written on another one.
    set('M', state[1])
  end
  announce('queued', fresh)
  if #ids > 0 then
    push('RPUSH', priority, ids)
  end
  wake_idle()
  save_state()
  return reply
end
